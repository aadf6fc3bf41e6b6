internal import FloydModel
internal import FoundationEssentials
internal import Logging
internal import ServiceLifecycle

/// Collects garbage: at start, every hour, when something was deleted, and once more when the grace of what was just used is over.
struct GarbageCollection: Service {
    private static let interval = Duration.seconds(3_600)

    let collector: Collector
    let wake: Wake
    let grace: Duration
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await collect()
            var again = false
            while !Task.isCancelled {
                let pause = again ? min(grace + .seconds(1), Self.interval) : Self.interval
                again = await waitForWake(at: .now + pause)
                if Task.isCancelled { return }
                await collect()
            }
        }
    }

    private func collect() async {
        do {
            let report = try await collector.collect(isDryRun: false)
            if !report.isEmpty {
                logger.info(
                    "Garbage was collected",
                    metadata: [
                        "uploads": "\(report.expiredUploads)", "trees": "\(report.trees)",
                        "contents": "\(report.contents)", "bytes": "\(report.bytes)",
                        "postponed": "\(report.postponed)",
                    ]
                )
            }
        } catch let error as FloydError where error.code == .locked {
            // An administrator's is under way.
        } catch is CancellationError {
            // The next start collects.
        } catch {
            logger.error("Garbage could not be collected", metadata: ["error": "\(error)"])
        }
    }

    /// - Returns: whether it was woken before.
    private func waitForWake(at end: ContinuousClock.Instant) async -> Bool {
        await wake.wait(until: end)
        return ContinuousClock.now < end
    }
}
