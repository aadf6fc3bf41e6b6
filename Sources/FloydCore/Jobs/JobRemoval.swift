internal import FloydModel
internal import Logging
internal import ServiceLifecycle

/// Removes the files of deleted jobs: at start what a crash left, then whenever something was deleted, and what could not be removed again
/// after a while.
struct JobRemoval: Service {
    private static let interval = Duration.seconds(3_600)
    private static let pauseAfterProblems = Duration.seconds(60)

    let remover: JobRemover
    let wake: Wake
    let logger: Logger

    func run() async throws {
        let wish = Wish()
        await withGracefulShutdownHandler {
            while wish.goesOn {
                let pause = await remove(while: { wish.goesOn }) ? Self.interval : Self.pauseAfterProblems
                guard wish.goesOn, !Task.isCancelled else { return }
                await wake.wait(until: .now + pause)
                if Task.isCancelled { return }
            }
        } onGracefulShutdown: {
            wish.end()
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
}
