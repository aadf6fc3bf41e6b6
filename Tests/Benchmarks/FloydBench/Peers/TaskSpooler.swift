import FloydLab
import FloydOS
import Glibc

/// A queue of task-spooler's with a socket of its own.
final class TaskSpooler {
    static let name = "tsp"
    private let program: String
    private let folder: String
    private let environment: [String]

    /// nil: it is not installed.
    init?(_ bench: Bench, slots: Int? = nil) throws {
        guard let program = Executable.find("tsp") else { return nil }
        self.program = program
        folder = try bench.disk.folder("tsp")
        environment = [
            "TS_SOCKET=\(folder)/socket", "TMPDIR=\(folder)", "TS_SLOTS=\(slots ?? bench.slots)",
            "TS_MAXFINISHED=\(bench.jobs + 1000)",
        ]
        // The first command starts the server, which outlives it.
        _ = try command(["-S"]).succeed()
    }

    deinit {
        end()
    }

    func end() {
        _ = try? command(["-K"]).run()
        // A job that runs is not ended by that.
        do {
            for process in try processes() { kill(process, SIGKILL) }
        } catch {
            Report.say("processes of task-spooler may be left: \(error)")
        }
    }

    func command(_ arguments: [String]) -> Command {
        Command(program, arguments, environment: environment, folder: folder)
    }

    /// Adds a job; the finished command's output is its number.
    func submit(_ arguments: [String]) throws -> (id: String, time: Nanoseconds) {
        let finished = try command(arguments).succeed()
        return (String(finished.output.prefix { $0 != "\n" }), finished.time)
    }

    /// Waits until the job has ended.
    func wait(for id: String) throws {
        _ = try command(["-w", id]).succeed()
    }

    /// What the job printed.
    func output(of id: String) throws -> String {
        let path = try command(["-o", id]).succeed().output.prefix { $0 != "\n" }
        return ProcessFile.text(String(path))
    }

    /// The server, and one process for each job that waits or runs.
    func processes() throws -> [pid_t] {
        let mark = "TS_SOCKET=\(folder)/socket"
        return try ProcessStatus.all().map(\.pid).filter { pid in
            ["tsp", "ts"].contains(ProcessFile.name(pid)) && ProcessFile.text("/proc/\(pid)/environ").contains(mark)
        }
    }
}
