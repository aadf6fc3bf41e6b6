public import FloydAPI
public import FloydModel

extension FloydClient {
    /// Puts a job into the queue: one, however often it has to be sent.
    public func submit(_ request: SubmitJobRequest) throws(FloydError) -> JobResponse {
        try post(APIPath.jobs, request, key: Self.newKey())
    }

    public func job(_ reference: Reference) throws(FloydError) -> JobResponse {
        try get(APIPath.job(reference))
    }

    /// Jobs, newest first: of `project`, which may be another's, or all the account's.
    public func jobs(of project: Reference? = nil) throws(FloydError) -> [JobResponse] {
        try all(APIPath.jobs, query: project.map { [("project", $0.description)] } ?? [])
    }

    /// Puts a new job into the queue that is as one was that has ended: one, however often it has to be sent.
    ///
    /// - Throws: `FloydError`, with `conflict` if that job hasn't ended.
    public func restart(_ job: Reference, _ changes: RestartJobRequest) throws(FloydError) -> JobResponse {
        try post(APIPath.restart(job), changes, key: Self.newKey())
    }

    /// Deletes the job, which must be named by its number or id, with its code, logs and results.
    ///
    /// - Throws: `FloydError`, with `conflict` while it hasn't ended, or a job that waits or runs uses its results.
    public func deleteJob(_ job: Reference) throws(FloydError) {
        try exchange(TransportRequest("DELETE", APIPath.job(job), timeout: Self.patience))
    }

    /// Deletes what the job left in `/output` alone.
    ///
    /// - Throws: as `deleteJob` does; `gone` if it was deleted before.
    public func deleteOutput(of job: Reference) throws(FloydError) {
        try exchange(TransportRequest("DELETE", APIPath.output(of: job), timeout: Self.patience))
    }

    /// Stores the wish; the job stands as it is a moment later.
    ///
    /// - Parameter grace: seconds between SIGTERM and SIGKILL; 0: SIGKILL at once; nil: what the server's config says.
    /// - Throws: `FloydError`, with `conflict` if the job has ended.
    public func stop(_ reference: Reference, grace: Int? = nil) throws(FloydError) -> JobResponse {
        try stop(at: APIPath.stop(reference), grace)
    }

    /// Stops whatever waits or runs of `project`, the account's own unless it is an admin's, and gives those jobs, the first one first.
    public func stopAll(of project: Reference, grace: Int? = nil) throws(FloydError) -> [JobResponse] {
        let stopped: ListResponse<JobResponse> = try stop(at: APIPath.stopAll(of: project), grace)
        return stopped.items
    }

    private func stop<Message: Decodable>(at path: String, _ grace: Int?) throws(FloydError) -> Message {
        guard let grace else {
            return try answer(to: TransportRequest("POST", path, body: .bytes([]), timeout: Self.patience))
        }
        return try post(path, StopJobRequest(grace: grace))
    }

    /// The first page of what the job left in `/output`; `next` says whether there are more.
    public func outputStart(of reference: Reference) throws(FloydError) -> OutputResponse {
        try get(Self.outputPath(reference))
    }

    /// As many as a server gives at a time: it walks through the whole folder for each page.
    private static func outputPath(_ reference: Reference) -> String {
        "\(APIPath.output(of: reference))?limit=500"
    }

    /// What the job left in `/output`: the files of all pages.
    public func output(of reference: Reference) throws(FloydError) -> OutputResponse {
        var output = try outputStart(of: reference)
        let path = Self.outputPath(reference)
        while let cursor = output.next {
            let page: OutputResponse = try get("\(path)&cursor=\(APIPath.encoded(cursor))")
            output.files += page.files
            output.skipped += page.skipped
            // A page that leads to itself would never end.
            output.next = page.next == cursor ? nil : page.next
        }
        return output
    }

    /// Gives `receive` the bytes of one result file as they come, going on after broken connections.
    ///
    /// - Parameter restarted: told that the file has changed meanwhile, and comes again from its beginning.
    public func outputFile(
        _ path: String,
        of reference: Reference,
        interrupted: (FloydError) -> Void = { _ in },
        restarted: () throws(FloydError) -> Void,
        receive: (UnsafeRawBufferPointer) throws(FloydError) -> Void
    ) throws(FloydError) {
        try download(
            DownloadRequest(APIPath.outputFile(path, of: reference)),
            interrupted: interrupted,
            restarted: restarted,
            receive: receive
        )
    }
}
