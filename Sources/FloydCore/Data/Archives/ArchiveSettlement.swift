internal import FloydBlobs
internal import FloydModel
internal import FloydOS
internal import FloydStore
internal import FoundationEssentials
internal import Logging
internal import ServiceLifecycle

/// Makes versions of the archives that were uploaded, or notes why that can't be done.
///
/// Whatever ends the process, an upload has one version in the end: it is made in the same transaction that ends the upload, and until then the archive is kept and
/// unpacked again. Trouble that may pass, a full disk, is met again some time later.
struct ArchiveSettlement: Service {
    private static let interval = Duration.seconds(600)

    let unpacker: ArchiveUnpacker
    let queue: ArchiveQueue
    let logger: Logger

    private var store: Store { unpacker.keeping.store }
    private var blobs: BlobStore { unpacker.keeping.blobs }
    private var pool: BlockingPool { unpacker.keeping.pool }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    while !Task.isCancelled {
                        await addWaiting()
                        try? await Task.sleep(for: Self.interval)
                    }
                }
                for await id in queue.ids {
                    group.addTask { queue.finish(id, await settle(id)) }
                }
            }
        }
        queue.close()
    }

    /// Takes up what an earlier process, or an earlier try, has left: archives that are whole.
    func addWaiting() async {
        do {
            for upload in try await store.archives.unfinished() where upload.expires > Date() {
                let isWhole = try? await pool.run { [blobs] in try blobs.upload(upload.id).seemsWhole() }
                if isWhole == true { queue.add(upload.id) }
            }
        } catch {
            logger.error("Archives that wait could not be found", metadata: ["error": "\(error)"])
        }
    }

    /// Brings one upload to its end.
    func settle(_ id: ObjectID) async -> ArchiveQueue.Outcome {
        do {
            return .success(try await version(of: id))
        } catch let error as FloydError where Self.isFinal(error) {
            await fail(id, error)
            return .failure(error)
        } catch {
            if !(error is CancellationError) {
                logger.error("An archive could not be unpacked", metadata: ["upload": "\(id)", "error": "\(error)"])
            }
            return .failure(error)
        }
    }

    private func version(of id: ObjectID) async throws -> DatasetVersionRecord {
        guard let upload = try await store.archives.get(id) else {
            throw FloydError(.notFound, "there is no upload \(id)")
        }
        if let failure = upload.archive?.failure { throw failure }
        guard upload.state != .committed else { return try await store.archives.version(of: id) }
        let version = try await unpacked(upload)
        Failpoint.archiveSettled.reach()
        // What is left of it is no longer needed; if this fails it expires.
        try? await pool.run { [blobs] in try blobs.removeUpload(id) }
        return version
    }

    private func unpacked(_ upload: UploadRecord) async throws -> DatasetVersionRecord {
        let archive = try await held(upload.id)
        defer { withExtendedLifetime(archive) {} }
        Failpoint.archiveReceived.reach()
        let unpacked = try await unpacker.unpack(archive.path, size: archive.size, for: upload.owner)
        defer { withExtendedLifetime(unpacked.passage) {} }
        Failpoint.archiveRecorded.reach()
        return try await store.archives.complete(upload.id, tree: unpacked.tree, at: Date())
    }

    /// How long others are waited for that have the upload.
    private static let patience = Duration.seconds(30)

    /// The archive, to be read. Who asks how far the upload is has it for a moment, and so has the request that brought its last byte.
    private func held(_ id: ObjectID) async throws -> HeldArchive {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            do {
                return try await pool.run { [blobs] in try blobs.upload(id).holdArchive() }
            } catch let error as FloydError where error.code == .locked && ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    private func fail(_ id: ObjectID, _ error: FloydError) async {
        do {
            try await store.archives.fail(id, error)
            try await pool.run { [blobs] in try blobs.removeUpload(id) }
        } catch {
            // It is tried again, and fails again.
            logger.error("A refused archive could not be removed", metadata: ["upload": "\(id)", "error": "\(error)"])
        }
    }

    /// Whether the archive itself is to blame, or gone.
    private static func isFinal(_ error: FloydError) -> Bool {
        [.invalidPath, .invalidRequest, .tooLarge, .notFound, .gone].contains(error.code)
    }
}
