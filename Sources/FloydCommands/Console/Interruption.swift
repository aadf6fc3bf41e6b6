import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Ctrl-C, while something is followed that goes on without the follower.
enum Interruption {
    private static let happened = Atomic<Bool>(false)

    static var hasHappened: Bool { happened.load(ordering: .relaxed) }

    /// From now on Ctrl-C no longer ends the process but is remembered; a second one does end it.
    static func remember() {
        // Touched here once, so that the handler finds it made: making it is not safe in a handler.
        happened.store(false, ordering: .relaxed)
        var action = sigaction()
        let handler: @convention(c) (Int32) -> Void = { _ in
            if Interruption.happened.exchange(true, ordering: .relaxed) { _exit(ExitStatus.interrupted) }
        }
        #if canImport(Darwin)
            action.__sigaction_u.__sa_handler = handler
        #else
            action.__sigaction_handler.sa_handler = handler
        #endif
        sigaction(SIGINT, &action, nil)
    }
}
