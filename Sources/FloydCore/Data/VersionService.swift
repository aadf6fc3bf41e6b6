internal import FloydAPI
internal import FloydBlobs
internal import FloydModel
internal import FloydOS
internal import FloydStore
internal import FoundationEssentials
internal import Synchronization

/// Deleting and verifying versions.
struct VersionService: VersionServing {
    let store: Store
    let blobs: BlobStore
    /// For what takes long.
    let pool: BlockingPool
    /// Wakes the collector.
    let wake: Wake

    func delete(_ reference: Reference, as account: Account) async throws {
        let version = try await exact(reference, account)
        guard version.owner == account.id || account.role == .admin else {
            throw FloydError(.forbidden, "\(version.name) is not yours")
        }
        try await store.versions.delete(version.id, as: account, at: Date())
        Failpoint.versionDeleted.reach()
        wake()
    }

    /// The version that the reference names by its number or id: the latest of a name is not what one wants to delete by mistake.
    private func exact(_ reference: Reference, _ account: Account) async throws -> DatasetVersionRecord {
        let version = try await store.references.version(reference, asking: account)
        let isExact =
            switch reference.target {
            case .id(let id): id == version.id
            case .number: true
            case .name(_, _, let number): number != nil
            }
        guard isExact else {
            throw FloydError(
                .invalidRequest,
                "\(reference) names a dataset, not a version",
                hint: "Say which: \(version.name)."
            )
        }
        return version
    }

    func verify(_ reference: Reference, as account: Account) async throws -> AsyncStream<VerifyMessage> {
        let version = try await store.references.version(reference, asking: account)
        let (messages, continuation) = AsyncStream.makeStream(of: VerifyMessage.self)
        let listening = Listening()
        continuation.onTermination = { _ in listening.end() }
        let verification = Verification(store: store, blobs: blobs, version: version)
        pool.start {
            verification.run(isWanted: { listening.isOn }, tell: { continuation.yield($0) })
            continuation.finish()
        }
        return messages
    }

    /// Whether anybody still listens.
    private final class Listening: Sendable {
        private let flag = Atomic(true)

        var isOn: Bool { flag.load(ordering: .relaxed) }
        func end() { flag.store(false, ordering: .relaxed) }
    }
}
