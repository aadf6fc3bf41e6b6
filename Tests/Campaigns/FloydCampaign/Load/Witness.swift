import FloydLab
import FloydOS
import Glibc
import Synchronization

/// Hears from the jobs themselves what runs, whatever becomes of the server and its files.
final class Witness: Sendable {
    /// One time that a job's command was run.
    struct Run: Sendable, Hashable {
        var attempt: Int
        /// What no other run has.
        var nonce: String
        /// When that was heard, on the clock of `Clock`.
        var begun: Nanoseconds
        /// Whether it came to the end that it was to have by itself.
        var hasEnded = false
    }

    let port: UInt16
    private let socket: Int32
    private let runs = Mutex<[Int: [Run]]>([:])

    init() throws {
        port = try LoopbackPort.free()
        socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw SystemError("socket") }
        // As much as there is: what doesn't fit is lost, and a run that nobody heard of looks like one that wasn't.
        var size: Int32 = 64 << 20
        for option in [SO_RCVBUF, SO_RCVBUFFORCE] {
            setsockopt(socket, SOL_SOCKET, option, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        try LoopbackPort.bind(socket, to: port)
        Thread.start(name: "witness") { [self] in listen() }
    }

    func runs(of number: Int) -> [Run] { runs.withLock { $0[number] ?? [] } }
    var count: Int { runs.withLock { $0.values.reduce(0) { $0 + $1.count } } }

    private func listen() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            if count < 0 {
                if errno == EINTR { continue }
                return
            }
            let words = String(decoding: buffer[..<count], as: UTF8.self).split { $0 == " " || $0 == "\n" }
            guard words.count == 4, let number = Int(words[1]), let attempt = Int(words[2]) else { continue }
            note(String(words[0]), number, Run(attempt: attempt, nonce: String(words[3]), begun: Clock.now))
        }
    }

    private func note(_ event: String, _ number: Int, _ run: Run) {
        runs.withLock { runs in
            let index = runs[number]?.firstIndex { $0.nonce == run.nonce }
            if event == "begin" {
                runs[number, default: []].append(run)
            } else if let index {
                runs[number]?[index].hasEnded = true
            }
        }
    }
}
