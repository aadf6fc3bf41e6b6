import FloydAPI
import FloydCore
import FloydModel

// Requests that carry no key, and lists of one page, which is what most tests are about.

extension JobServing {
    func submit(_ request: SubmitJobRequest, as account: Account) async throws -> JobResponse {
        try await submit(request, once: nil, as: account)
    }
}

extension UploadServing {
    func begin(manifest: @escaping ByteSource, as account: Account) async throws -> UploadResponse {
        try await begin(manifest: manifest, from: nil, once: nil, as: account)
    }
}

extension UploadServing {
    func begin(manifest: @escaping ByteSource, once: RequestKey?, as account: Account) async throws -> UploadResponse {
        try await begin(manifest: manifest, from: nil, once: once, as: account)
    }
}

extension ArchiveServing {
    func begin(_ archive: NewArchive, length: Int64, as account: Account) async throws -> UploadResponse {
        try await begin(archive, length: length, once: nil, as: account)
    }

    func put(_ archive: NewArchive, length: Int64?, body: @escaping ByteSource, as account: Account) async throws
        -> DatasetVersionResponse
    {
        try await put(archive, length: length, once: nil, body: body, as: account)
    }
}

extension AccountServing {
    func createToken(_ request: CreateTokenRequest, as login: Login) async throws -> CreatedTokenResponse {
        try await createToken(request, once: nil, as: login)
    }
}

extension DataServing {
    func createProject(_ name: Name, as account: Account) async throws -> ResourceResponse {
        try await createProject(CreateResourceRequest(name: name), once: nil, as: account)
    }

    func createDataset(_ name: Name, as account: Account) async throws -> ResourceResponse {
        try await createDataset(CreateResourceRequest(name: name), once: nil, as: account)
    }

    func createProject(_ request: CreateResourceRequest, as account: Account) async throws -> ResourceResponse {
        try await createProject(request, once: nil, as: account)
    }

    func createDataset(_ request: CreateResourceRequest, as account: Account) async throws -> ResourceResponse {
        try await createDataset(request, once: nil, as: account)
    }

    func addVersion(to dataset: Reference, _ request: CreateVersionRequest, as account: Account) async throws
        -> DatasetVersionResponse
    {
        try await addVersion(to: dataset, request, once: nil, as: account)
    }

    func projects(as account: Account) async throws -> [ResourceResponse] {
        try await projects(page: PageRequest(), as: account).items
    }

    func datasets(as account: Account) async throws -> [ResourceResponse] {
        try await datasets(page: PageRequest(), as: account).items
    }
}

extension OutputServing {
    func list(_ job: Reference, as account: Account) async throws -> OutputResponse {
        try await list(job, page: nil, as: account)
    }
}

extension MachineServing {
    func environments() async throws -> [EnvironmentResponse] { try await environments(page: PageRequest()).items }
    func instanceTypes() async throws -> [InstanceTypeResponse] { try await instanceTypes(page: PageRequest()).items }
}
