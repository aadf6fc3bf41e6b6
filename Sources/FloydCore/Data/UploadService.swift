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
    /// How long an unfinished upload is kept after the last that was sent of it.
    let expiry: Duration
    let trees: TreeKeeping
    var now: @Sendable () -> Date = { Date() }

    var storage: StorageGuard { trees.storage }

    func begin(
        manifest source: ByteSource,
        from base: ManifestBase?,
        once key: RequestKey?,
        as account: Account
    ) async throws -> UploadResponse {
        guard let request = key.map({ KeyedRequest($0, account) }) else {
            return try await begin(source, base, nil, account)
        }
        do {
            return try await begin(source, base, KeyedWrite(request) { Data($0.id.string.utf8) }, account)
        } catch let before as AnsweredBefore {
            return try await upload(before.id(), as: account)
        }
    }

    private func begin(
        _ source: ByteSource,
        _ base: ManifestBase?,
        _ once: KeyedWrite<UploadRecord>?,
        _ account: Account
    ) async throws -> UploadResponse {
        try store.ballast.checkRoom()
        let manifest = try await draft(from: base, for: account)
        do {
            while let piece = try await source() {
                try await pool.run { [storage] in
                    // Asked at each piece, so that it takes no more than one of the reserve.
                    try storage.checkDisk(for: 0)
                    try manifest.append(piece)
                }
            }
            let draft = try await pool.run { try manifest.finish() }
            if let tree = try await knownTree(draft.totals, of: account) {
                try await pool.run { try draft.abandon() }
                return UploadResponse(tree)
            }
            let planned = try await pool.run { [store] in
                var folder = draft
                try folder.planMissing(
                    isBaseThere: { digest in try store.trees.hasTree(digest, of: account.id) },
                    isReachable: { contents in
                        try store.trees.reachableBlocking(contents.map(TreeContent.init), by: account.id)
                    }
                )
                return folder
            }
            return try await record(planned, once, of: account)
        } catch {
            try? await pool.run { try manifest.abandon() }
            throw error
        }
    }

    /// What takes the manifest.
    private func draft(from base: ManifestBase?, for account: Account) async throws -> any UploadBeginning {
        let id = ObjectID()
        guard let base else { return try await pool.run { [blobs] in try blobs.beginUpload(id) } }
        // Another's tree is answered as none.
        let tree = try await store.trees.get(owner: account.id, digest: Data(base.base))
        guard let tree, try await pool.run({ [blobs] in try blobs.hasTree(base.base) }) else {
            throw FloydError(
                .baseMismatch,
                "you have no tree \(Hex.string(base.base)) here",
                hint: "Send the whole manifest."
            )
        }
        let from = TreeBase(digest: base.base, files: tree.files, bytes: tree.bytes, result: base.result)
        return try await pool.run { [blobs, storage] in
            // A few bytes make a whole manifest.
            try storage.checkDisk(for: blobs.manifestSize(of: base.base))
            return try blobs.beginUpload(id, from: from) { bytes throws(FloydError) in
                try storage.checkDisk(for: bytes)
            }
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
        let now = now()
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
            expires: now + lifetime
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
        try await with(id, account) { upload in
            if upload.state == .committed || upload.archive?.failure != nil {
                return UploadResponse(upload, offset: upload.length)
            }
            let (length, status) = try await settled(id)
            return UploadResponse(upload, length: length, offset: status.offset)
        }
    }

    /// How long a question or a commit is kept waiting for bytes that are just being written.
    private static let patience = Duration.seconds(5)

    /// Where the upload stands. Who asks has lost the connection that it sent on, most likely, and what came over that is still being
    /// written: to say less than there will be in a moment would have it sent twice.
    private func settled(_ id: ObjectID) async throws -> (length: Int64, status: UploadStatus) {
        var pauses = Pauses(Self.patience)
        while true {
            let (length, status) = try await pool.run { [blobs] in
                let folder = try blobs.upload(id)
                return (folder.totals.length, try folder.status())
            }
            guard status.isBusy, let pause = pauses.next() else { return (length, status) }
            try await Task.sleep(for: pause)
        }
    }

    func missing(in id: ObjectID, as account: Account) async throws -> String {
        let upload = try await owned(id, account)
        guard upload.state != .committed else { throw Self.isCommitted(id) }
        return try await pool.run { [blobs] in try blobs.upload(id).missingPath }
    }

    func commit(_ id: ObjectID, hashes: ByteSource, as account: Account) async throws -> UploadResponse {
        try await with(id, account) { upload in try await commit(upload, hashes) }
    }

    private func commit(_ upload: UploadRecord, _ hashes: ByteSource) async throws -> UploadResponse {
        let id = upload.id
        if upload.state == .committed { return UploadResponse(upload, offset: upload.length) }
        guard upload.archive == nil else { throw FloydError(.conflict, "the upload \(id) is an archive, not a tree") }
        try store.ballast.checkRoom()
        try await renew(upload)
        let folder = try await pool.run { [blobs] in try blobs.upload(id) }
        if folder.totals.unhashed > 0 {
            let list = try await pool.run { try folder.receiveHashes() }
            while let piece = try await hashes() {
                try await pool.run { [storage] in
                    try storage.checkDisk(for: Int64(piece.count))
                    try list.append(piece)
                }
            }
            try await pool.run { try list.finish() }
        } else if try await hashes() != nil {
            throw FloydError(.invalidRequest, "the manifest has all hashes, so none are due with the commit")
        }
        return try await commit(folder, upload)
    }

    private func commit(_ folder: UploadFolder, _ upload: UploadRecord) async throws -> UploadResponse {
        try await recordTree(of: folder)
        Failpoint.treeRecorded.reach()
        // What is left of it is no longer needed; if this fails it expires.
        try? await pool.run { [blobs] in try blobs.removeUpload(upload.id) }
        guard let committed = try await store.uploads.get(upload.id, owner: upload.owner) else {
            throw FloydError(.internalError, "the upload \(upload.id) vanished while it was committed")
        }
        return UploadResponse(committed, offset: committed.length)
    }

    /// Makes the tree on the disk and in the database. Meanwhile nobody can give the upload up.
    private func recordTree(of folder: UploadFolder) async throws {
        // From the first content on until the row is there; not while it waits for a request that writes, which may be a slow one.
        let (held, passage) = try await whenFree { [blobs] in
            let passage = try blobs.gate.pass()
            return (try folder.heldCommit(), passage)
        }
        defer { withExtendedLifetime((held, passage)) {} }
        let tree = held.tree
        _ = try await store.uploads.commit(
            folder.id,
            digest: Data(tree.digest),
            at: Date(),
            difference: Self.difference(of: folder)
        ) { insert in
            try TreeKeeping.list(insert) { body throws(FloydError) in try folder.forEachContents(of: tree, body) }
        }
    }

    /// What `body` gives once no other request writes to the upload: that of a connection which broke may only just begin, and see that it comes
    /// too late.
    private func whenFree<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        var pauses = Pauses(Self.patience)
        while true {
            do {
                return try await pool.run(body)
            } catch let error as FloydError where error.code == .locked {
                guard let pause = pauses.next() else { throw error }
                try await Task.sleep(for: pause)
            }
        }
    }

    /// What is new in the tree and what is gone, where it was told from another.
    private static func difference(of folder: UploadFolder) -> TreeDifference? {
        guard let base = folder.totals.base.flatMap({ Hex.bytes(Array($0.utf8)) }) else { return nil }
        return TreeDifference(from: Data(base)) { insert in
            for isNew in [true, false] {
                try TreeKeeping.list({ content, bytes in try insert(content, bytes, isNew ? 1 : -1) }) {
                    body throws(FloydError) in
                    try folder.forEachChange(isNew: isNew, body)
                }
            }
        }
    }

    func uploads(page: PageRequest, as account: Account) async throws -> ListResponse<UploadResponse> {
        let before = try page.cursor.map(PageRequest.id)
        let records = try await store.uploads.unfinished(of: account.id, before: before, limit: page.limit + 1)
        let shown = records.prefix(page.limit).map(\.id)
        let glances = try await pool.run { [blobs] in
            var glances: [ObjectID: UploadGlance] = [:]
            for id in shown { glances[id] = try blobs.glance(at: id) }
            return glances
        }
        return ListResponse(records, page: page, id: \.id.string) { UploadResponse($0, glances[$0.id]) }
    }

    func cancel(_ id: ObjectID, as account: Account) async throws {
        // Also one whose time is over: until it is removed it counts for the quota.
        guard let upload = try await store.uploads.get(id, owner: account.id) else { throw Self.isAbsent(id) }
        guard upload.state != .committed else { throw Self.isCommitted(id) }
        // Its commit may have come first.
        if try await !remove(id), try await store.uploads.get(id) != nil { throw Self.isCommitted(id) }
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
        return try await removeIdle(now: now) + count
    }

    /// Gives up folders that have no row, or that of an upload which is over.
    private func removeIdle(now: Date) async throws -> Int {
        let limit = Int64((now - lifetime).timeIntervalSince1970 * 1_000_000_000)
        var count = 0
        for id in try await pool.run({ [blobs] in try blobs.uploads(idleSince: limit) }) {
            let upload = try await store.uploads.get(id)
            if let upload, upload.state != .committed, upload.expires > now { continue }
            do {
                try await pool.run { [blobs] in try blobs.removeUpload(id) }
                // A committed one says for good what became of it; any other counts for the account's quota.
                if let upload, upload.state != .committed { try await store.uploads.delete(id) }
                count += 1
            } catch let error as FloydError where error.code == .locked {
                // Bytes are coming right now.
            }
        }
        return count
    }

    private var lifetime: TimeInterval { TimeInterval(expiry.components.seconds) }

    /// Notes that the client is at work on the upload. What moves its end by less than a hundredth isn't written: small pieces would all be.
    func renew(_ upload: UploadRecord) async throws {
        let expires = now() + lifetime
        guard upload.state != .committed, expires.timeIntervalSince(upload.expires) > lifetime / 100 else { return }
        try await store.uploads.renew(upload.id, until: expires)
    }

    /// The folder first: a row without one expires, a folder without a row would have to be searched for.
    ///
    /// - Returns: whether its row went, too, which that of a committed upload doesn't.
    @discardableResult
    private func remove(_ id: ObjectID) async throws -> Bool {
        try await pool.run { [blobs] in try blobs.removeUpload(id) }
        Failpoint.expiryRemoved.reach()
        return try await store.uploads.delete(id)
    }

    /// The tree that a committed upload of the account became; its own id is fine, too.
    func tree(_ id: ObjectID, of account: Account) async throws -> TreeRecord {
        try await store.trees.of(id, owner: account.id)
    }

    /// Does `body` with an upload of the account's. The folder of one that another request commits goes meanwhile; then `body` is done once more,
    /// with the committed one.
    private func with<Value>(
        _ id: ObjectID,
        _ account: Account,
        _ body: (UploadRecord) async throws -> Value
    ) async throws -> Value {
        let upload = try await owned(id, account)
        do {
            return try await body(upload)
        } catch let error as FloydError where error.code == .notFound && upload.state != .committed {
            let again = try await owned(id, account)
            guard again.state == .committed else { throw error }
            return try await body(again)
        }
    }

    func owned(_ id: ObjectID, _ account: Account) async throws -> UploadRecord {
        guard let upload = try await store.uploads.get(id, owner: account.id) else { throw Self.isAbsent(id) }
        if upload.state == .committed || upload.expires > now() { return upload }
        // However long that takes, it is not over while something comes.
        guard try await pool.run({ [blobs] in try blobs.isBusy(id) }) else {
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
        self.init(hash: Data(id.hash), isExecutable: id.executable)
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

/// Looks at an upload that is busy, ever further apart: whoever holds it may hold it for long, and many may ask.
private struct Pauses {
    private static let longest = Duration.milliseconds(200)

    private let deadline: ContinuousClock.Instant
    private var pause = Duration.milliseconds(5)

    init(_ patience: Duration) {
        deadline = .now + patience
    }

    /// Until the next look; nil: that was the last.
    mutating func next() -> Duration? {
        guard ContinuousClock.now < deadline else { return nil }
        defer { pause = min(pause * 2, Self.longest) }
        return pause
    }
}
