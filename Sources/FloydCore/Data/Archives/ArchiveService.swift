internal import FloydAPI
internal import FloydBlobs
internal import FloydModel
internal import FloydOS
internal import FloydStore
internal import FoundationEssentials

/// Takes archives: whose version they become, and whether there is room for them.
struct ArchiveService: ArchiveServing {
    let unpacker: ArchiveUnpacker
    let queue: ArchiveQueue
    let maximumSize: Int64
    /// How long an unfinished upload is kept.
    let expiry: Duration

    private var store: Store { unpacker.keeping.store }
    private var blobs: BlobStore { unpacker.keeping.blobs }
    private var pool: BlockingPool { unpacker.keeping.pool }
    private var storage: StorageGuard { unpacker.keeping.storage }

    func begin(
        _ archive: NewArchive,
        length: Int64,
        once key: RequestKey?,
        as account: Account
    ) async throws -> UploadResponse {
        guard let request = key.map({ KeyedRequest($0, account) }) else {
            return try await begin(archive, length, nil, account)
        }
        do {
            return try await begin(archive, length, KeyedWrite(request) { Data($0.id.string.utf8) }, account)
        } catch let before as AnsweredBefore {
            guard let upload = try await store.uploads.get(before.id(), owner: account.id) else {
                throw UploadService.isAbsent(try before.id())
            }
            let offset = try? await pool.run { [blobs] in try blobs.upload(upload.id).status().offset }
            return UploadResponse(upload, offset: offset ?? upload.length)
        }
    }

    private func begin(
        _ archive: NewArchive,
        _ length: Int64,
        _ once: KeyedWrite<UploadRecord>?,
        _ account: Account
    ) async throws -> UploadResponse {
        let upload = ArchiveUpload(
            dataset: try await dataset(archive.dataset, of: account),
            message: try TextLimits.message(archive.message ?? archive.filename),
            metadata: archive.metadata
        )
        guard length > 0 else { throw FloydError(.invalidRequest, "an archive has at least one byte") }
        try store.ballast.checkRoom()
        try await checkRoom(for: length)
        let id = ObjectID()
        let folder = try await pool.run { [blobs] in try blobs.beginArchive(id, length: length) }
        let now = Date()
        // A folder without a row expires, as that of any upload.
        let draft = NewUpload(
            id: folder.id,
            owner: account.id,
            digest: nil,
            files: 0,
            bytes: 0,
            length: length,
            missing: 0,
            created: now,
            expires: now.addingTimeInterval(TimeInterval(expiry.components.seconds))
        )
        do {
            return UploadResponse(try await store.archives.create(draft, upload, once: once), offset: 0)
        } catch let before as AnsweredBefore {
            try? await pool.run { [blobs] in try blobs.removeUpload(folder.id) }
            throw before
        }
    }

    func settle(_ id: ObjectID, as account: Account) async throws -> UploadResponse? {
        guard let upload = try await store.uploads.get(id, owner: account.id), upload.archive != nil else { return nil }
        if upload.state != .committed {
            if let failure = upload.archive?.failure { throw failure }
            let status = try await pool.run { [blobs] in try blobs.upload(id).status() }
            guard status.state == .complete else { return nil }
            _ = try await queue.outcome(of: id)
        }
        return try await store.uploads.get(id, owner: account.id).map { UploadResponse($0, offset: $0.length) }
    }

    func put(
        _ archive: NewArchive,
        length: Int64?,
        once key: RequestKey?,
        body: ByteSource,
        as account: Account
    ) async throws -> DatasetVersionResponse {
        try await store.once(key, as: account, answering: DatasetVersionResponse.init) { once in
            if let once { try await compare(body, with: once.request) }
            return try await put(archive, length, once, body, account)
        }
    }

    /// Reads the content of a request whose key came before, so that it is known whether it is the same request, and goes no further with it. Does nothing for
    /// a new key.
    private func compare(_ body: ByteSource, with request: KeyedRequest) async throws {
        guard try await store.requestKeys.isKnown(request) else { return }
        while try await body() != nil {}
        try await store.requestKeys.check(request)
        // The key became too old while the content came, of which nothing is left.
        throw FloydError(.conflict, "the key is no longer known", hint: "Send the archive again.")
    }

    private func put(
        _ archive: NewArchive,
        _ length: Int64?,
        _ once: KeyedWrite<DatasetVersionRecord>?,
        _ body: ByteSource,
        _ account: Account
    ) async throws -> DatasetVersionRecord {
        let dataset = try await dataset(archive.dataset, of: account)
        let message = try TextLimits.message(archive.message ?? archive.filename)
        try store.ballast.checkRoom()
        if let length { try await checkRoom(for: length) }
        let receiver = try await pool.run { [blobs, maximumSize] in
            try blobs.receiveArchive(ObjectID(), limit: maximumSize)
        }
        defer { withExtendedLifetime(receiver) {} }
        // The next piece is read while the one before is written.
        var next = try await body()
        while let piece = next {
            async let written: Void = pool.run { [storage] in
                try storage.checkDisk(for: Int64(piece.count))
                try receiver.append(piece)
            }
            next = try await body()
            try await written
        }
        let unpacked = try await unpacker.unpack(receiver.path, size: receiver.size, for: account.id)
        defer { withExtendedLifetime(unpacked.passage) {} }
        // The key is known for a day from the answer on, however long the content took to come.
        var once = once
        once?.request.now = Date()
        return try await store.archives.add(unpacked.tree, to: dataset, message: message, at: Date(), once: once)
    }

    /// The name of the account's dataset that is meant. One that isn't there is made with its first version.
    private func dataset(_ text: String, of account: Account) async throws -> Name {
        let reference = try Reference(parsing: text)
        guard !reference.isOutput, reference.collection != .projects else {
            throw FloydError(.invalidName, "\(reference) is no dataset", hint: "Name a dataset: modelnet.")
        }
        if case .name(let owner, let name, nil) = reference.target, owner == nil || owner == account.name {
            return name
        }
        if case .name(_, _, .some) = reference.target {
            throw FloydError(
                .invalidName,
                "\(reference) is a version, and versions don't change",
                hint: "Name the dataset alone: it gets a new version."
            )
        }
        let resource = try await store.references.dataset(reference, asking: account)
        guard resource.owner == account.id else {
            throw FloydError(
                .forbidden,
                "\(resource.name) is not yours",
                hint: "Name a dataset of your own; it is made if it isn't there."
            )
        }
        return resource.name.name
    }

    private func checkRoom(for length: Int64) async throws {
        guard length <= maximumSize else {
            throw FloydError(.tooLarge, "the archive has \(length) bytes, and at most \(maximumSize) are taken")
        }
        try await pool.run { [storage] in try storage.checkDisk(for: length) }
    }
}
