import FloydUnpack
import Glibc

exit(UnpackProgram.run(Array(CommandLine.arguments.dropFirst())))
