internal import FloydBlobs
internal import Logging

/// What takes archives and makes versions of them.
struct ArchiveParts: Sendable {
    let service: ArchiveService
    let settlement: ArchiveSettlement

    init(_ ground: Groundwork, _ data: DataParts, _ configuration: ServerConfiguration, _ logger: Logger) {
        var limits = ArchiveLimits()
        limits.bytes = configuration.archives.size
        limits.entries = configuration.archives.entries
        let unpacker = ArchiveUnpacker(
            keeping: data.longTrees,
            program: ground.unpackProgram,
            limits: limits
        )
        let queue = ArchiveQueue()
        settlement = ArchiveSettlement(unpacker: unpacker, queue: queue, logger: logger)
        service = ArchiveService(
            unpacker: unpacker,
            queue: queue,
            maximumSize: configuration.archives.size,
            expiry: configuration.uploadExpiry
        )
    }
}
