internal import FloydBlobs
internal import FloydModel
internal import FloydOS
internal import Logging
internal import ServiceLifecycle
internal import Synchronization

/// Makes what will be wanted of new versions while nothing else is to do: the folder of links that jobs mount, and the lists of blocks to
/// which the next version is compared.
///
/// What is missed, at the end of the process or otherwise, is made when it is asked for.
final class TreePreparation: Service {
    private let blobs: BlobStore
    private let logger: Logger
    private let pool = BlockingPool(threads: 1, name: "floyd-idle", isIdle: true)
    private let trees: AsyncStream<[UInt8]>
    private let wanted: AsyncStream<[UInt8]>.Continuation
    private let isStopping = Atomic(false)

    /// Trees that may wait; of more the oldest are forgotten.
    private static let capacity = 64

    init(blobs: BlobStore, logger: Logger) {
        self.blobs = blobs
        self.logger = logger
        (trees, wanted) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.capacity))
    }

    /// Notes that the tree is one of a new version.
    func want(_ tree: [UInt8]) {
        wanted.yield(tree)
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            for await tree in trees { await make(tree) }
        } onGracefulShutdown: {
            self.isStopping.store(true, ordering: .relaxed)
            self.wanted.finish()
        }
    }

    private func make(_ tree: [UInt8]) async {
        do {
            try await pool.run { [blobs, self] in
                _ = try blobs.materialise(tree)
                try blobs.makeBlockLists(of: tree) { !isStopping.load(ordering: .relaxed) }
            }
        } catch let error as FloydError where error.code == .notFound {
            // Removed meanwhile.
        } catch {
            logger.warning("A version could not be made ready", metadata: ["error": "\(error)"])
        }
    }
}
