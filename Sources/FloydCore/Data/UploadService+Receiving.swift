internal import FloydBlobs
internal import FloydModel
internal import FloydOS
internal import FloydStore

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
        try result.get()
        return durable
    }

    /// Takes pieces until the receiver has room for more of a large file than one of them. False at the end of the body.
    private func appendPieces(of body: ByteStream, to receiver: UploadReceiver) async throws -> Bool {
        @Sendable func append(_ piece: [UInt8]) async throws -> Bool {
            try await pool.run { [storage] in
                try storage.checkDisk(for: Int64(piece.count))
                try receiver.append(piece)
                return receiver.hasRoom
            }
        }
        if receiver.hasRoom { return true }
        // The next piece is read while the one before is written.
        var next = try await body.next()
        while let piece = next {
            async let hasRoom = append(piece)
            next = try await body.next()
            if try await hasRoom {
                if let piece = next { _ = try await append(piece) }
                return next != nil
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
            let (count, result) = await fill(filling, from: body)
            let isFull = count == filling.count
            next = try await pool.run {
                // Also of a connection that broke: what came is kept.
                try receiver.filled(count)
                return isFull ? try room() : nil
            }
            try result.get()
            guard isFull else { return false }
        }
        return true
    }

    /// Reads until the room is full, or the body ends. Says how much came, also of a body that broke off.
    private func fill(_ room: UploadRoom, from body: ByteStream) async -> (count: Int, result: Result<Void, any Error>)
    {
        var filled = 0
        do {
            while filled < room.count {
                let count = try await body.read(room.rest(from: filled))
                if count == 0 { break }
                filled += count
            }
            return (filled, .success(()))
        } catch {
            return (filled, .failure(error))
        }
    }
}
