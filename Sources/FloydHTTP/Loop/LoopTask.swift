/// Starts the task of a request on a loop's thread.
enum LoopTask {
    /// Runs `operation` at once up to its first suspension, where the standard library can; else in the loop's next pass.
    static func start(on loop: EventLoop, _ operation: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        #if compiler(>=6.2)
            if #available(macOS 26.0, *) {
                return Task.immediate(executorPreference: loop, operation: operation)
            }
        #endif
        return Task(executorPreference: loop, operation: operation)
    }
}
