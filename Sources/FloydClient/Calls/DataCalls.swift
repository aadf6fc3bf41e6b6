public import FloydAPI
public import FloydModel

extension FloydClient {
    /// The account's project of that name, made if there was none.
    ///
    /// - Parameter isPublic: whether every account may see it from now on; nil: what is made is private, what exists stays as it is.
    public func createProject(_ name: Name, isPublic: Bool? = nil) throws(FloydError) -> ResourceResponse {
        try post(APIPath.projects, CreateResourceRequest(name: name, isPublic: isPublic), key: Self.newKey())
    }

    /// The account's dataset of that name, made if there was none.
    ///
    /// - Parameter isPublic: as above.
    public func createDataset(_ name: Name, isPublic: Bool? = nil) throws(FloydError) -> ResourceResponse {
        try post(APIPath.datasets, CreateResourceRequest(name: name, isPublic: isPublic), key: Self.newKey())
    }

    public func project(_ reference: Reference) throws(FloydError) -> ResourceResponse {
        try get(APIPath.project(reference))
    }

    public func dataset(_ reference: Reference) throws(FloydError) -> ResourceResponse {
        try get(APIPath.dataset(reference))
    }

    /// Lets every account see the project, or only its owner and admins.
    public func updateProject(_ reference: Reference, isPublic: Bool) throws(FloydError) -> ResourceResponse {
        try post(APIPath.project(reference), UpdateResourceRequest(isPublic: isPublic), method: "PATCH")
    }

    /// The same for a dataset.
    public func updateDataset(_ reference: Reference, isPublic: Bool) throws(FloydError) -> ResourceResponse {
        try post(APIPath.dataset(reference), UpdateResourceRequest(isPublic: isPublic), method: "PATCH")
    }

    /// Makes the committed `upload` the next version of `dataset`.
    public func createVersion(
        of dataset: Reference,
        from upload: ObjectID,
        message: String?
    ) throws(FloydError) -> DatasetVersionResponse {
        // Linking a large tree into place can take its time.
        try post(
            APIPath.versions(of: dataset),
            CreateVersionRequest(upload: upload, message: message),
            key: Self.newKey(),
            timeout: nil
        )
    }

    /// Makes what the finished `job` left in `/output` the next version of `dataset`.
    public func createVersion(
        of dataset: Reference,
        fromOutputOf job: Reference,
        message: String?
    ) throws(FloydError) -> DatasetVersionResponse {
        // Where blocks can't be shared all of it is copied.
        try post(
            APIPath.versions(of: dataset),
            CreateVersionRequest(job: job, message: message),
            key: Self.newKey(),
            timeout: nil
        )
    }

    /// Deletes the version, which must be named by its number or id.
    public func deleteVersion(_ version: Reference) throws(FloydError) {
        try exchange(TransportRequest("DELETE", APIPath.datasetVersion(version), timeout: Self.patience))
    }

    public func datasetVersion(_ reference: Reference) throws(FloydError) -> DatasetVersionResponse {
        try get(APIPath.datasetVersion(reference))
    }

    /// Versions, newest first: of `dataset`, or all the account's.
    public func datasetVersions(of dataset: Reference? = nil) throws(FloydError) -> [DatasetVersionResponse] {
        try all(APIPath.datasetVersions, query: dataset.map { [("dataset", $0.description)] } ?? [])
    }

    /// Whether `dataset`, or any of the account's, has a version already.
    public func hasVersions(_ dataset: Reference? = nil) throws(FloydError) -> Bool {
        let scope = dataset.map { "dataset=\(APIPath.encoded($0.description))&" } ?? ""
        let page: ListResponse<DatasetVersionResponse> = try get("\(APIPath.datasetVersions)?\(scope)limit=1")
        return !page.items.isEmpty
    }
}
