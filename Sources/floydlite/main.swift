import FloydCommands

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

// A reader or a server that went away is an error to be handled, not the end of the process.
signal(SIGPIPE, SIG_IGN)
exit(CommandLineTool.run(Array(CommandLine.arguments.dropFirst())))
