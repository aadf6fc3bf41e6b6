/// Work that takes longer than an event loop may be held: short calls into the file system, and rendering pages.
enum BlockingWork {
    /// Runs `body` on the threads that all tasks share, and comes back.
    static func run<Value: Sendable, Failure: Error>(
        _ body: @Sendable () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        try await withTaskExecutorPreference(globalConcurrentExecutor) { () async throws(Failure) in
            try await body()
        }
    }
}
