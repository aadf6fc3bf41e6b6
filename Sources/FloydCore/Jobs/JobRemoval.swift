internal import FloydModel
internal import Logging
internal import ServiceLifecycle
internal import Synchronization

/// Removes the files of deleted jobs: at start what a crash left, then whenever something was deleted, and what could not be removed again
/// after a while.
struct JobRemoval: Service {
    private static let interval = Duration.seconds(3_600)
    private static let pauseAfterProblems = Duration.seconds(60)

    let remover: JobRemover
    let wake: Wake
    let logger: Logger

    func run() async throws {
        let shutdown = Shutdown()
        await withGracefulShutdownHandler {
            while shutdown.isAbsent {
                let pause = await remove(while: { shutdown.isAbsent }) ? Self.interval : Self.pauseAfterProblems
                guard shutdown.isAbsent, !Task.isCancelled else { return }
                await wake.wait(until: .now + pause)
                if Task.isCancelled { return }
            }
        } onGracefulShutdown: {
            shutdown.come()
        }
    }

    /// - Returns: whether all went well.
    private func remove(while isWanted: @escaping @Sendable () -> Bool) async -> Bool {
        do {
            let problems = try await remover.removeAll(while: isWanted)
            for problem in problems {
                logger.error(
                    "The files of a deleted job could not be removed; it is tried again",
                    metadata: ["job": "\(problem.job?.string ?? "unknown")", "error": "\(problem.error)"]
                )
            }
            return problems.isEmpty
        } catch {
            logger.error("Deleted jobs could not be looked up; it is tried again", metadata: ["error": "\(error)"])
            return false
        }
    }

    /// Whether the server is to end, which threads ask that are no task's.
    private final class Shutdown: Sendable {
        private let flag = Atomic(false)

        var isAbsent: Bool { !flag.load(ordering: .relaxed) }
        func come() { flag.store(true, ordering: .relaxed) }
    }
}
