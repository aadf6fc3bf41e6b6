internal import FloydAPI
internal import FloydBlobs
internal import FloydModel
internal import FloydOS
internal import FloydStore
internal import FloydTree
internal import FoundationEssentials

/// Uploads: a manifest, the contents that the server lacks, and the commit that makes a tree of them.
///
/// How many bytes were received is the upload folder's to say; who owns it and what it became is the database's. A crash between the
/// two leaves a folder without a row, which expires, or a row that a repeated commit brings up to date.
struct UploadService: UploadServing {
    let store: Store
    let blobs: BlobStore
    let pool: BlockingPool
    /// How long an unfinished upload is kept.
    let expiry: Duration
    let trees: TreeKeeping

    private var storage: StorageGuard { trees.storage }

    func begin(manifest source: ByteSource, once key: RequestKey?, as account: Account) async throws -> UploadResponse {
        guard let request = key.map({ KeyedRequest($0, account) }) else {
            return try await begin(source, nil, account)
        }
        do {
            return try await begin(source, KeyedWrite(request) { Data($0.id.string.utf8) }, account)
        } catch let before as AnsweredBefore {
            return try await upload(before.id(), as: account)
        }
    }

    private func begin(
        _ source: ByteSource,
        _ once: KeyedWrite<UploadRecord>?,
        _ account: Account
    ) async throws -> UploadResponse {
        try store.ballast.checkRoom()
        let id = ObjectID()
        let manifest = try await pool.run { [blobs] in try blobs.beginUpload(id) }
        do {
            while let piece = try await source() {
                try await pool.run { try manifest.append(piece) }
            }
            let draft = try await pool.run { try manifest.finish() }
            if let tree = try await knownTree(draft.totals, of: account) {
                try await pool.run { try draft.abandon() }
                return UploadResponse(tree)
            }
            let planned = try await pool.run { [store] in
                var folder = draft
                try folder.planMissing { contents in
                    try store.trees.reachableBlocking(contents.map(TreeContent.init), by: account.id)
                }
                return folder
            }
            return try await record(planned, once, of: account)
        } catch {
            try? await pool.run { try manifest.abandon() }
            throw error
        }
    }

    /// The account's tree with the same manifest, of which nothing has to be sent or stored again.
    private func knownTree(_ totals: UploadTotals, of account: Account) async throws -> TreeRecord? {
        guard let digest = totals.digest.flatMap({ Hex.bytes(Array($0.utf8)) }) else { return nil }
        return try await trees.known(digest, of: account.id)
    }

    private func record(
        _ folder: UploadFolder,
        _ once: KeyedWrite<UploadRecord>?,
        of account: Account
    ) async throws -> UploadResponse {
        let now = Date()
        let totals = folder.totals
        let draft = NewUpload(
            id: folder.id,
            owner: account.id,
            digest: totals.digest.flatMap { Hex.bytes(Array($0.utf8)) }.map { Data($0) },
            files: totals.files,
            bytes: totals.bytes,
            length: totals.length,
            missing: totals.missing,
            created: now,
            expires: now.addingTimeInterval(TimeInterval(expiry.components.seconds))
        )
        let upload: UploadRecord
        do {
            upload = try await store.uploads.create(draft, once: once)
        } catch let before as AnsweredBefore {
            try? await pool.run { [blobs] in try blobs.removeUpload(folder.id) }
            throw before
        }
        Failpoint.uploadRecorded.reach()
        do {
            // With its own row among the others, so that several at once can't all fit.
            try await storage.admit(totals.length, for: account.id)
        } catch {
            try await remove(upload.id)
            if let once { try await store.requestKeys.forget(once.request) }
            throw error
        }
        // With nothing to send and nothing to promise there is nothing to wait for.
        if totals.missing == 0 && totals.unhashed == 0 { return try await commit(folder, upload) }
        return UploadResponse(upload, offset: 0)
    }

    func upload(_ id: ObjectID, as account: Account) async throws -> UploadResponse {
        let upload = try await owned(id, account)
        if upload.state == .committed || upload.archive?.failure != nil {
            return UploadResponse(upload, offset: upload.length)
        }
        let (length, status) = try await settled(id)
        return UploadResponse(upload, length: length, offset: status.offset)
    }

    /// How long a question or a commit is kept waiting for bytes that are just being written.
    private static let patience = Duration.seconds(5)

    /// Where the upload stands. Who asks has lost the connection that it sent on, most likely, and what came over that is still being
    /// written: to say less than there will be in a moment would have it sent twice.
    private func settled(_ id: ObjectID) async throws -> (length: Int64, status: UploadStatus) {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            let (length, status) = try await pool.run { [blobs] in
                let folder = try blobs.upload(id)
                return (folder.totals.length, try folder.status())
            }
            guard status.isBusy, ContinuousClock.now < deadline else { return (length, status) }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    func missing(in id: ObjectID, as account: Account) async throws -> String {
        let upload = try await owned(id, account)
        guard upload.state != .committed else { throw Self.isCommitted(id) }
        return try await pool.run { [blobs] in try blobs.upload(id).missingPath }
    }

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
        let (total, receiver) = try await pool.run { [blobs] in
            let folder = try blobs.upload(id)
            return (folder.totals.length, try folder.receive(at: offset))
        }
        let result = await Result.of {
            if let length, length > total - offset {
                throw FloydError(.tooLarge, "\(length) bytes from \(offset) on are more than the upload's \(total)")
            }
            while try await appendPieces(of: body, to: receiver), try await fillRooms(of: receiver, from: body) {}
        }
        // Also of a connection that broke, and of a client whose task was cancelled: what came is kept.
        let durable = try await pool.run { try receiver.finish() }
        if durable == total { _ = try await store.uploads.setState(.complete, id) }
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
            // Before a file gets all its space, and nothing came that would have to be kept.
            try storage.checkDisk(for: receiver.claim)
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

    func commit(_ id: ObjectID, hashes: ByteSource, as account: Account) async throws -> UploadResponse {
        let upload = try await owned(id, account)
        if upload.state == .committed { return UploadResponse(upload, offset: upload.length) }
        guard upload.archive == nil else { throw FloydError(.conflict, "the upload \(id) is an archive, not a tree") }
        try store.ballast.checkRoom()
        let folder = try await pool.run { [blobs] in try blobs.upload(id) }
        if folder.totals.unhashed > 0 {
            let list = try await pool.run { try folder.receiveHashes() }
            while let piece = try await hashes() {
                try await pool.run { try list.append(piece) }
            }
            try await pool.run { try list.finish() }
        } else if try await hashes() != nil {
            throw FloydError(.invalidRequest, "the manifest has all hashes, so none are due with the commit")
        }
        return try await commit(folder, upload)
    }

    private func commit(_ folder: UploadFolder, _ upload: UploadRecord) async throws -> UploadResponse {
        // From the first content on until the row is there.
        let passage = try await pool.run { [blobs] in try blobs.gate.pass() }
        defer { withExtendedLifetime(passage) {} }
        let tree = try await whenFree { try folder.commit() }
        if upload.state == .receiving { _ = try await store.uploads.setState(.complete, upload.id) }
        _ = try await store.uploads.commit(upload.id, digest: Data(tree.digest), at: Date()) { insert in
            try TreeKeeping.list(insert) { body throws(FloydError) in try folder.forEachContents(of: tree, body) }
        }
        Failpoint.treeRecorded.reach()
        // What is left of it is no longer needed; if this fails it expires.
        try? await pool.run { [blobs] in try blobs.removeUpload(upload.id) }
        guard let committed = try await store.uploads.get(upload.id, owner: upload.owner) else {
            throw FloydError(.internalError, "the upload \(upload.id) vanished while it was committed")
        }
        return UploadResponse(committed, offset: committed.length)
    }

    /// What `body` gives once no other request writes to the upload: that of a connection which broke may only just begin, and see that it comes
    /// too late.
    private func whenFree<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            do {
                return try await pool.run(body)
            } catch let error as FloydError where error.code == .locked && ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    func cancel(_ id: ObjectID, as account: Account) async throws {
        let upload = try await owned(id, account)
        guard upload.state != .committed else { throw Self.isCommitted(id) }
        try await remove(id)
    }

    /// Gives up what was not finished in time, and says how many uploads that were.
    func removeExpired(now: Date) async throws -> Int {
        var count = 0
        for upload in try await store.uploads.expired(at: now) {
            do {
                try await remove(upload.id)
                count += 1
            } catch let error as FloydError where error.code == .locked {
                // Bytes are coming right now.
            }
        }
        let limit = now.addingTimeInterval(-TimeInterval(expiry.components.seconds)).timeIntervalSince1970
        return try await pool.run { [blobs] in
            try blobs.removeUploads(idleSince: Int64(limit * 1_000_000_000)).count
        } + count
    }

    /// The folder first: a row without one expires, a folder without a row would have to be searched for.
    private func remove(_ id: ObjectID) async throws {
        try await pool.run { [blobs] in try blobs.removeUpload(id) }
        Failpoint.expiryRemoved.reach()
        try await store.uploads.delete(id)
    }

    /// The tree that a committed upload of the account became; its own id is fine, too.
    func tree(_ id: ObjectID, of account: Account) async throws -> TreeRecord {
        try await store.trees.of(id, owner: account.id)
    }

    private func owned(_ id: ObjectID, _ account: Account) async throws -> UploadRecord {
        guard let upload = try await store.uploads.get(id, owner: account.id) else { throw Self.isAbsent(id) }
        guard upload.state == .committed || upload.expires > Date() else {
            throw FloydError(.gone, "the upload \(id) has expired", hint: "Begin a new one.")
        }
        return upload
    }

    static func isAbsent(_ id: ObjectID) -> FloydError {
        FloydError(.notFound, "there is no upload \(id)", hint: "It may have expired: begin a new one.")
    }

    static func isCommitted(_ id: ObjectID) -> FloydError {
        FloydError(.conflict, "the upload \(id) is committed already", hint: "Begin a new one.")
    }
}

extension TreeContent {
    init(_ id: ContentID) {
        self.init(sha256: Data(id.sha256), isExecutable: id.executable)
    }
}

extension Result where Failure == any Error {
    /// What `body` returns or throws.
    static func of(_ body: () async throws -> Success) async -> Self {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }
}
