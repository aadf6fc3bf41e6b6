internal import Logging
internal import ServiceLifecycle

/// Removes unused layers: at start, every six hours, and when the disk is short.
struct LayerCollection: Service {
    private static let timeBetweenLooks = Duration.seconds(60)
    private static let looksACollection = 6 * 60

    let collector: LayerCollector
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var looks = 0
            while !Task.isCancelled {
                if looks.isMultiple(of: Self.looksACollection) || collector.isDiskShort() { await collect() }
                looks += 1
                try? await Task.sleep(for: Self.timeBetweenLooks)
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
        } catch is CancellationError {
            // The next start collects.
        } catch {
            logger.error("Unused packages could not be removed", metadata: ["error": "\(error)"])
        }
    }
}
