internal import FoundationEssentials
internal import Logging
internal import ServiceLifecycle

/// Gives up uploads that nobody finished.
struct UploadExpiry: Service {
    private static let interval = Duration.seconds(600)

    let uploads: UploadService
    let logger: Logger

    func run() async throws {
        while !Task.isShuttingDownGracefully && !Task.isCancelled {
            do {
                let count = try await uploads.removeExpired(now: Date())
                if count > 0 { logger.info("Unfinished uploads were given up", metadata: ["count": "\(count)"]) }
            } catch {
                logger.error("Expired uploads could not be removed", metadata: ["error": "\(error)"])
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.interval) }
        }
    }
}
