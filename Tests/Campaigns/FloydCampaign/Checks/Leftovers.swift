import FloydLab
import FloydOS
import Glibc

/// Processes of jobs, sandboxes and workers that are still there.
enum Leftovers {
    /// Those whose command line or environment has one of `marks`.
    static func processes(with marks: [String]) throws -> [(pid: pid_t, line: String)] {
        try ProcessStatus.all().compactMap { process in
            guard process.pid != getpid(), !process.isZombie else { return nil }
            let line = ProcessFile.commandLine(process.pid)
            let text = line + ProcessFile.text("/proc/\(process.pid)/environ")
            guard marks.contains(where: { text.contains($0) }) else { return nil }
            return (process.pid, String(line.prefix(200)))
        }
    }

    /// Those of one job.
    static func processes(ofJob number: Int, marker: String) throws -> [(pid: pid_t, line: String)] {
        // Behind the number stands the command's next line, or the end of the variable.
        try processes(with: ["\n", "\0"].map { "\(marker).\(number)\($0)" })
    }

    /// Reports those that are there after some time; what is about to go may go.
    static func check(_ findings: Findings, marks: [String], within milliseconds: Int64 = 3000) throws {
        let end = Clock.now + milliseconds * 1_000_000
        var left = try processes(with: marks)
        while !left.isEmpty, Clock.now < end {
            Clock.sleep(milliseconds: 50)
            left = try processes(with: marks)
        }
        for process in left { findings.add("process \(process.pid) is left: \(process.line)") }
    }

    /// Ends what is there, so that a campaign leaves nothing behind.
    static func clear(marks: [String]) throws {
        for process in try processes(with: marks) { kill(process.pid, SIGKILL) }
    }
}
