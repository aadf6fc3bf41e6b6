import FloydWorker
import Glibc

exit(WorkerProgram.run(Array(CommandLine.arguments.dropFirst())))
