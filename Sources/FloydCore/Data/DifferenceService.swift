internal import FloydAPI
internal import FloydBlobs
internal import FloydModel
internal import FloydOS
internal import FloydStore
internal import FloydTree

/// Big files as differences: what blocks of a file are there already, and how a new one is put together from them.
struct DifferenceService: DifferenceServing {
    let store: Store
    let blobs: BlobStore
    let pool: BlockingPool

    func blocks(
        of version: Reference,
        _ request: BlockRequest,
        as account: Account
    ) async throws -> BlockListFile {
        let record = try await store.references.version(version, asking: account)
        guard let chunker = Chunker(average: request.average) else {
            let (least, most) = (Chunker.averages.lowerBound, Chunker.averages.upperBound)
            throw FloydError(
                .invalidRequest,
                "blocks can't have \(request.average) bytes on average",
                hint: "Ask for a power of two from \(least) to \(most)."
            )
        }
        return try await pool.run { [blobs] in
            let tree = Array(record.digest)
            guard let base = try blobs.baseFile(for: request.path, size: request.size, in: tree) else {
                throw FloydError(.notFound, "\(record.name) has no file like \(TreePath.quoted(request.path))")
            }
            let path = try blobs.blockList(of: base.content, chunker)
            return BlockListFile(path: path, base: Hex.string(base.content.hash))
        }
    }

    func takeRecipes(_ id: ObjectID, _ body: ByteSource, as account: Account) async throws -> UploadResponse {
        let upload = try await owned(id, account)
        let recipes = try await pool.run { [blobs] in try blobs.upload(id).receiveRecipes() }
        do {
            while let piece = try await body() {
                try await pool.run { [store] in
                    try recipes.append(piece) { content in
                        try store.trees.reachableBlocking([TreeContent(content)], by: account.id) == [true]
                    }
                }
            }
            let folder = try await pool.run { try recipes.finish() }
            return UploadResponse(upload, length: folder.totals.length, offset: 0)
        } catch {
            try? await pool.run { recipes.abandon() }
            throw error
        }
    }

    func recipes(in id: ObjectID, as account: Account) async throws -> String? {
        _ = try await owned(id, account)
        return try await pool.run { [blobs] in try blobs.upload(id).recipePath }
    }

    private func owned(_ id: ObjectID, _ account: Account) async throws -> UploadRecord {
        guard let upload = try await store.uploads.get(id, owner: account.id) else { throw UploadService.isAbsent(id) }
        guard upload.state != .committed else { throw UploadService.isCommitted(id) }
        return upload
    }
}
