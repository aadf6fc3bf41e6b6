internal import Logging
internal import ServiceLifecycle

/// Removes unused layers: at start, and every six hours.
struct LayerCollection: Service {
    private static let interval = Duration.seconds(6 * 3_600)

    let collector: LayerCollector
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await collect()
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func collect() async {
        do {
            let outcome = try await collector.collect()
            if outcome.removed > 0 {
                logger.info("Unused packages were removed", metadata: ["folders": "\(outcome.removed)"])
            }
            for problem in outcome.problems {
                logger.error("Unused packages could not be removed", metadata: ["error": "\(problem)"])
            }
        } catch {
            logger.error("Unused packages could not be removed", metadata: ["error": "\(error)"])
        }
    }
}
