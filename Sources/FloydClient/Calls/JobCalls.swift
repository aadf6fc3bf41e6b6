public import FloydAPI
public import FloydModel

extension FloydClient {
    public func submit(_ request: SubmitJobRequest) throws(FloydError) -> JobResponse {
        try post(APIPath.jobs, request)
    }

    public func job(_ reference: Reference) throws(FloydError) -> JobResponse {
        try get(APIPath.job(reference))
    }

    /// Jobs, newest first: of `project`, or all the account's.
    public func jobs(project: Name? = nil) throws(FloydError) -> [JobResponse] {
        try all(APIPath.jobs, query: project.map { [("project", $0.string)] } ?? [])
    }

    /// Stores the wish; the job stands as it is a moment later.
    public func stop(_ reference: Reference) throws(FloydError) -> JobResponse {
        try answer(to: TransportRequest("POST", APIPath.stop(reference), body: .bytes([]), timeout: Self.patience))
    }

    public func output(of reference: Reference) throws(FloydError) -> OutputResponse {
        try get(APIPath.output(of: reference))
    }

    /// Gives `receive` the bytes of one result file as they come.
    public func outputFile(
        _ path: String,
        of reference: Reference,
        receive: (UnsafeRawBufferPointer) throws(FloydError) -> Void
    ) throws(FloydError) {
        do throws(TransportFailure) {
            _ = try attempt(TransportRequest("GET", APIPath.outputFile(path, of: reference)), receive: receive)
        } catch {
            throw self.error(error)
        }
    }
}
