import Glibc
import Synchronization

/// Ctrl-C: the round under way is given up, and everything that was started is ended and removed as after any error.
enum Interruption {
    private static let requested = Atomic(false)

    static var isRequested: Bool { requested.load(ordering: .relaxed) }

    static func watch() {
        // Without SA_RESTART, so that waiting calls come back.
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in Interruption.requested.store(true, ordering: .relaxed) }
        sigaction(SIGINT, &action, nil)
        sigaction(SIGTERM, &action, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// - Throws: `BenchError` if somebody wants an end.
    static func check() throws {
        if isRequested { throw BenchError("interrupted") }
    }
}
