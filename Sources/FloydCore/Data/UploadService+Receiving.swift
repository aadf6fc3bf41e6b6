internal import FloydBlobs
internal import FloydModel
internal import FloydOS
internal import FloydStore
internal import Synchronization

/// The way of an upload's bytes from the connection to the disk.
extension UploadService {
    func receive(
        _ id: ObjectID,
        at offset: Int64,
        length: Int64?,
        body: ByteStream,
        as account: Account
    ) async throws -> Int64 {
        let upload = try await owned(id, account)
        guard upload.state != .committed else { throw Self.isCommitted(id) }
        if let failure = upload.archive?.failure { throw failure }
        guard offset >= 0 else { throw FloydError(.invalidRequest, "the offset is \(offset)") }
        try await renew(upload)
        // A wrong offset goes before everything else that may be wrong (tus 1.0, PATCH).
        let (total, receiver) = try await pool.run { [blobs, storage] in
            let folder = try blobs.upload(id)
            return (
                folder.totals.length,
                try folder.receive(at: offset) { bytes throws(FloydError) in
                    try storage.checkDisk(for: bytes)
                }
            )
        }
        let result = await Result.of {
            if let length, length > total - offset {
                throw FloydError(.tooLarge, "\(length) bytes from \(offset) on are more than the upload's \(total)")
            }
            while try await appendPieces(of: body, to: receiver), try await fillRooms(of: receiver, from: body) {}
        }
        // Also of a connection that broke, and of a client whose task was cancelled: what came is kept.
        let durable = try await pool.run { try receiver.finish() }
        // In a task of its own: a cancelled one writes no row. Where it fails the time from the beginning stands.
        await Task {
            if let upload = try? await store.uploads.get(id) { try? await renew(upload) }
        }.value
        try result.get()
        return durable
    }

    /// Takes pieces until the receiver has room for more of a large file than one of them. False at the end of the body.
    private func appendPieces(of body: ByteStream, to receiver: UploadReceiver) async throws -> Bool {
        @Sendable func append(_ count: Int, of piece: UploadRoom, _ turn: WritingTurn) async throws -> Bool {
            try await pool.run { [storage] in
                defer { turn.end() }
                try storage.checkDisk(for: Int64(count))
                try receiver.append(count, of: piece)
                return receiver.hasRoom
            }
        }
        if receiver.hasRoom { return true }
        var (filling, writing) = (UploadRoom(), UploadRoom())
        var count = try await body.read(filling.memory) { false }
        while count > 0 {
            swap(&filling, &writing)
            let (piece, size, turn) = (writing, count, WritingTurn())
            async let hasRoom = append(size, of: piece, turn)
            // The next piece is read while the one before is written, and no longer.
            count = try await body.read(filling.memory) { turn.isUnderWay }
            if try await hasRoom {
                if count > 0 { _ = try await append(count, of: filling, WritingTurn()) }
                return count > 0
            }
        }
        return false
    }

    /// Reads large files' bytes straight to where they are hashed and written from. False at the end of the body.
    private func fillRooms(of receiver: UploadReceiver, from body: ByteStream) async throws -> Bool {
        @Sendable func room() throws -> UploadRoom? {
            // Nothing has come yet that would have to be kept.
            try storage.checkDisk(for: UploadRoom.mostBytes)
            return try receiver.room()
        }
        var next = try await pool.run { try room() }
        while let filling = next {
            let result = await Result.of { try await body.read(filling.memory) { true } }
            let count = (try? result.get()) ?? 0
            next = try await pool.run {
                // Also of a connection that broke: what came is kept.
                try receiver.filled(count)
                return count == filling.count ? try room() : nil
            }
            // Less than the room comes before the end, or before what broke the body off: the next look says which.
            if try result.get() == 0 { return false }
        }
        return true
    }
}

/// Whether a piece is being written.
private final class WritingTurn: Sendable {
    private let isOver = Atomic(false)

    var isUnderWay: Bool { !isOver.load(ordering: .relaxed) }

    func end() { isOver.store(true, ordering: .relaxed) }
}
