internal import FloydModel
internal import FloydStore
internal import Synchronization

/// The archives that are to be unpacked, each once at a time, and who waits for what becomes of them.
final class ArchiveQueue: Sendable {
    typealias Outcome = Result<DatasetVersionRecord, any Error>

    private struct State {
        var underWay: Set<ObjectID> = []
        var next = 0
        var waiting: [ObjectID: [Int: CheckedContinuation<Outcome, Never>]] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())
    private let additions: AsyncStream<ObjectID>.Continuation
    /// What was added, for one reader.
    let ids: AsyncStream<ObjectID>

    init() {
        (ids, additions) = AsyncStream.makeStream()
    }

    /// Adds the upload, unless it is there.
    func add(_ id: ObjectID) {
        let isNew = state.withLock { !$0.isClosed && $0.underWay.insert(id).inserted }
        if isNew { additions.yield(id) }
    }

    /// Adds the upload and waits for what becomes of it, which goes on where the caller is cancelled.
    func outcome(of id: ObjectID) async throws -> DatasetVersionRecord {
        let ticket = state.withLock { state in
            state.next += 1
            return state.next
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isClosed = state.withLock { state in
                    if !state.isClosed { state.waiting[id, default: [:]][ticket] = continuation }
                    return state.isClosed
                }
                if isClosed { continuation.resume(returning: Self.closed) }
                if Task.isCancelled { giveUp(id, ticket) }
                add(id)
            }
        } onCancel: {
            giveUp(id, ticket)
        }
        return try outcome.get()
    }

    /// Whether so many wait for what becomes of the upload.
    func isWaited(for id: ObjectID, by count: Int) -> Bool {
        state.withLock { $0.waiting[id]?.count == count }
    }

    private func giveUp(_ id: ObjectID, _ ticket: Int) {
        let continuation = state.withLock { $0.waiting[id]?.removeValue(forKey: ticket) }
        continuation?.resume(returning: .failure(CancellationError()))
    }

    /// Tells everybody who waits.
    func finish(_ id: ObjectID, _ outcome: Outcome) {
        let waiting = state.withLock { state in
            state.underWay.remove(id)
            return state.waiting.removeValue(forKey: id)
        }
        for continuation in (waiting ?? [:]).values { continuation.resume(returning: outcome) }
    }

    /// Nothing more is unpacked: everybody is sent away.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [:] }
            return state.waiting
        }
        for continuation in waiting.values.flatMap(\.values) { continuation.resume(returning: Self.closed) }
    }

    private static var closed: Outcome {
        .failure(
            FloydError(
                .unavailable,
                "the server stops before the archive is unpacked",
                hint: "It goes on when the server starts again: look at the upload then."
            )
        )
    }
}
