import Glibc
import Synchronization

/// Ctrl-C: the round under way is given up, and everything that was started is ended and removed as after any error.
package enum Interruption {
    private static let requested = Atomic(false)

    package static var isRequested: Bool { requested.load(ordering: .relaxed) }

    package static func watch() {
        // Without SA_RESTART, so that waiting calls come back.
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in Interruption.requested.store(true, ordering: .relaxed) }
        sigaction(SIGINT, &action, nil)
        sigaction(SIGTERM, &action, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// - Throws: `LabError` if somebody wants an end.
    package static func check() throws {
        if isRequested { throw LabError("interrupted") }
    }
}
