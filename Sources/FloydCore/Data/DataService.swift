internal import FloydAPI
internal import FloydModel
internal import FloydOS
internal import FloydStore
internal import FoundationEssentials

/// Projects, datasets and their versions.
struct DataService: DataServing {
    private let store: Store
    private let uploads: UploadService
    private let outputs: OutputTrees
    private let preparation: TreePreparation

    init(store: Store, uploads: UploadService, outputs: OutputTrees, preparation: TreePreparation) {
        self.store = store
        self.uploads = uploads
        self.outputs = outputs
        self.preparation = preparation
    }

    func createProject(
        _ request: CreateResourceRequest,
        once: RequestKey?,
        as account: Account
    ) async throws -> ResourceResponse {
        try await create(.projects, request, once, account)
    }

    func createDataset(
        _ request: CreateResourceRequest,
        once: RequestKey?,
        as account: Account
    ) async throws -> ResourceResponse {
        try await create(.datasets, request, once, account)
    }

    private func create(
        _ collection: FloydModel.Collection,
        _ request: CreateResourceRequest,
        _ key: RequestKey?,
        _ account: Account
    ) async throws -> ResourceResponse {
        try await store.once(key, as: account, answering: ResourceResponse.init) { once in
            try await store.resources.createOrGet(
                collection,
                request.name,
                owner: account.id,
                isPublic: request.isPublic,
                at: Date(),
                once: once
            )
        }
    }

    func project(_ reference: Reference, as account: Account) async throws -> ResourceResponse {
        ResourceResponse(try await store.references.project(reference, asking: account))
    }

    func updateProject(
        _ reference: Reference,
        _ request: UpdateResourceRequest,
        as account: Account
    ) async throws -> ResourceResponse {
        try await update(store.references.project(reference, asking: account), request, account)
    }

    func updateDataset(
        _ reference: Reference,
        _ request: UpdateResourceRequest,
        as account: Account
    ) async throws -> ResourceResponse {
        try await update(store.references.dataset(reference, asking: account), request, account)
    }

    /// Jobs that mount what becomes private have it until they end: they were given it when they were submitted.
    private func update(
        _ resource: ResourceRecord,
        _ request: UpdateResourceRequest,
        _ account: Account
    ) async throws -> ResourceResponse {
        guard resource.owner == account.id || account.role == .admin else {
            throw FloydError(
                .forbidden,
                "\(resource.name) is not yours",
                hint: "Its owner or an admin may say who sees it."
            )
        }
        let collection = resource.name.collection
        guard let updated = try await store.resources.setPublic(request.isPublic, collection, resource.id) else {
            throw FloydError(.notFound, "\(resource.name) was deleted meanwhile")
        }
        return ResourceResponse(updated)
    }

    func projects(page: PageRequest, as account: Account) async throws -> ListResponse<ResourceResponse> {
        try await list(.projects, page, account)
    }

    func datasets(page: PageRequest, as account: Account) async throws -> ListResponse<ResourceResponse> {
        try await list(.datasets, page, account)
    }

    private func list(
        _ collection: FloydModel.Collection,
        _ page: PageRequest,
        _ account: Account
    ) async throws -> ListResponse<ResourceResponse> {
        let last = try page.cursor.map(PageRequest.name)
        let records = try await store.resources.list(
            collection,
            owner: account.id,
            behind: last,
            limit: page.limit + 1
        )
        return ListResponse(records, page: page, id: \.name.name.string, ResourceResponse.init)
    }

    func dataset(_ reference: Reference, as account: Account) async throws -> ResourceResponse {
        ResourceResponse(try await store.references.dataset(reference, asking: account))
    }

    func versions(
        of dataset: Reference?,
        page: PageRequest,
        as account: Account
    ) async throws -> ListResponse<DatasetVersionResponse> {
        let before = try page.cursor.map(PageRequest.id)
        var scope = VersionScope.owner(account.id)
        if let dataset { scope = .dataset(try await store.references.dataset(dataset, asking: account).id) }
        let records = try await store.versions.list(scope, before: before, limit: page.limit + 1)
        return ListResponse(records, page: page, id: \.id.string, DatasetVersionResponse.init)
    }

    func version(_ reference: Reference, as account: Account) async throws -> DatasetVersionResponse {
        DatasetVersionResponse(try await store.references.version(reference, asking: account))
    }

    func addVersion(
        to dataset: Reference,
        _ request: CreateVersionRequest,
        once key: RequestKey?,
        as account: Account
    ) async throws -> DatasetVersionResponse {
        try await store.once(key, as: account, answering: DatasetVersionResponse.init) { once in
            try await addVersion(to: dataset, request, once, account)
        }
    }

    private func addVersion(
        to dataset: Reference,
        _ request: CreateVersionRequest,
        _ once: KeyedWrite<DatasetVersionRecord>?,
        _ account: Account
    ) async throws -> DatasetVersionRecord {
        let resource = try await store.references.dataset(dataset, asking: account)
        guard resource.owner == account.id else {
            throw FloydError(
                .forbidden,
                "\(resource.name) is not yours",
                hint: "Upload into a dataset of your own: `floydlite data init NAME`."
            )
        }
        let message = try TextLimits.message(request.message)
        let (tree, subject) = try await source(of: request, account)
        let version = try await store.versions.add(
            to: resource.id,
            tree: tree.id,
            message: message ?? subject,
            from: request.upload,
            at: Date(),
            grace: uploads.trees.grace.timeInterval,
            once: once
        )
        Failpoint.versionRecorded.reach()
        preparation.want(Array(tree.digest))
        return version
    }

    /// The tree that becomes a version, and what its message says unless somebody says otherwise.
    private func source(of request: CreateVersionRequest, _ account: Account) async throws -> (TreeRecord, String?) {
        switch (request.upload, request.job) {
        case (let upload?, nil):
            return (try await uploads.tree(upload, of: account), nil)
        case (nil, let job?):
            let (tree, job) = try await outputs.tree(of: Reference(parsing: job), for: account)
            return (tree, "output of \(job.name)")
        default:
            throw FloydError(
                .invalidRequest,
                "a version is made of an upload or of a job's output",
                hint: "Give exactly one of `upload` and `job`."
            )
        }
    }
}

extension ResourceResponse {
    init(_ record: ResourceRecord) {
        self.init(
            id: record.id,
            name: record.name.description,
            owner: record.name.owner,
            isPublic: record.isPublic,
            created: record.created
        )
    }
}

extension DatasetVersionResponse {
    init(_ record: DatasetVersionRecord) {
        self.init(
            id: record.id,
            name: record.name.description,
            created: record.created,
            number: record.name.number,
            size: record.bytes,
            files: record.files,
            shared: record.shared,
            message: record.message,
            isPublic: record.isPublic
        )
    }
}
