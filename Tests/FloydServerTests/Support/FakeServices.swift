import FloydAPI
import FloydCore
import FloydModel
import Foundation
import Synchronization

/// All services in one, without anything behind them: they answer from `state` and note what they were asked.
final class FakeServices: AccountServing, MachineServing, DataServing, TreeServing, UploadServing, JobServing,
    LogServing, OutputServing, EventServing, MetricsServing, DifferenceServing, ArchiveServing, VersionServing
{
    struct State {
        var accounts: [String: Account] = [
            "alice-token": .test("alice"), "bob-token": .test("bob"), "root-token": .test("root", .admin),
        ]
        /// What is said of tokens that there were.
        var refusals: [String: FloydError] = [:]
        /// Why logins no longer stand.
        var renewal: FloydError?
        /// By uid.
        var localUsers: [UInt32: Account] = [:]
        var server = ServerResponse(
            version: "1.2.3",
            isolation: "bubblewrap",
            refusal: nil,
            uids: "account",
            total: Resources(cpus: 8, memory: 64_000_000_000, gpus: 2),
            contentHash: "blake3"
        )
        var jobs: [JobResponse] = []
        /// In the order of their ids.
        var events: [EventResponse] = []
        var onMove: (@Sendable () -> Void)?
        var queue: [QueueEntry] = []
        /// What a log reader brings, call by call; then nothing.
        var logEvents: [[LogStreamEvent]] = []
        var logFile: String?
        var output: [OutputResponse.File] = []
        /// The files that `open` knows, by path below `/output`.
        var outputFiles: [String: String] = [:]
        /// The file that stands for the manifest, and for each file, of every tree.
        var treeFile = "/nonexistent/tree"
        /// The contents of every tree; `contents` sends them in pieces of three bytes.
        var treeBytes: [UInt8] = []
        /// Pieces of every archive; then it breaks off if it is to.
        var archive: [String] = []
        var archiveFailure: FloydError?
        var outputValidator: String?
        /// What `settle` answers.
        var settled: UploadResponse?
        var missingFile = "/nonexistent/missing"
        var sample = MetricsSample()
        var calls: [String] = []
        /// The keys that requests carried, and their fingerprints.
        var keys: [(key: String, fingerprint: [UInt8])] = []
        var received: [UInt8] = []
        var failure: (any Error)?
    }

    let state = Mutex(State())

    var services: Services {
        Services(
            accounts: self,
            machine: self,
            data: self,
            trees: self,
            uploads: self,
            differences: self,
            archives: self,
            versions: self,
            jobs: self,
            logs: self,
            outputs: self,
            events: self,
            metrics: self
        )
    }

    var calls: [String] { state.withLock { $0.calls } }

    func set(_ change: (inout sending State) -> Void) {
        state.withLock { change(&$0) }
    }

    func sample() async throws -> MetricsSample {
        try note("metrics")
        return state.withLock { $0.sample }
    }

    /// Notes a call, and fails it if it is to fail.
    private func note(_ call: String, _ once: RequestKey? = nil) throws {
        let fingerprint = once?.fingerprint()
        let failure = state.withLock { state in
            state.calls.append(call)
            if let once, let fingerprint { state.keys.append((once.key, fingerprint)) }
            return state.failure
        }
        if let failure { throw failure }
    }

    private func drain(_ body: ByteSource) async throws -> Int {
        var bytes: [UInt8] = []
        while let piece = try await body() { bytes += piece }
        state.withLock { [bytes] in $0.received = bytes }
        return bytes.count
    }
}

extension FakeServices {
    func authenticate(token: String) async throws -> Login? {
        try state.withLock { state in
            if let refusal = state.refusals[token] { throw refusal }
            return state.accounts[token].map { account in
                let isSession = token.hasPrefix("session-")
                return Login(account, token: Login.Token(id: .fixed, isSession: isSession))
            }
        }
    }

    func authenticate(localUser uid: UInt32) async throws -> Login {
        guard let account = state.withLock({ $0.localUsers[uid] }) else {
            throw FloydError(.unauthenticated, "your user (uid \(uid)) is no account here")
        }
        return Login(account, token: nil)
    }

    func renew(_ login: Login) async throws -> Login {
        if let refusal = state.withLock({ $0.renewal }) { throw refusal }
        return login
    }

    func beginSession(as login: Login) async throws -> NewSession {
        state.withLock { $0.accounts["session-\(login.account.name)"] = login.account }
        return NewSession(secret: "session-\(login.account.name)", expires: .fixed)
    }

    private func token(of account: Account) -> TokenResponse {
        TokenResponse(id: .fixed, name: "laptop", user: account.name, created: .fixed, current: true)
    }

    func tokens(of user: Name?, page: PageRequest, as login: Login) async throws -> ListResponse<TokenResponse> {
        try note("tokens \(user?.string ?? "-") \(page.cursor ?? "-") \(page.limit) as \(login.account.name)")
        return ListResponse(items: [token(of: login.account)])
    }

    func createToken(_ request: CreateTokenRequest, once: RequestKey?, as login: Login) async throws
        -> CreatedTokenResponse
    {
        try note("createToken \(request.name) \(request.expiresIn ?? 0)", once)
        return CreatedTokenResponse(about: token(of: login.account), token: "floyd_new")
    }

    func token(_ choice: TokenChoice, as login: Login) async throws -> TokenResponse {
        try note("token \(choice)")
        return token(of: login.account)
    }

    func revokeToken(_ choice: TokenChoice, as login: Login) async throws {
        try note("revokeToken \(choice) of \(login.token?.isSession == true ? "a session" : "a token")")
    }

    func server() async throws -> ServerResponse {
        try note("server")
        return state.withLock { $0.server }
    }

    func environments(page: PageRequest) async throws -> ListResponse<EnvironmentResponse> {
        try note("environments")
        return ListResponse(items: [
            EnvironmentResponse(name: "keras", python: "3.11", packages: ["a"], state: "ready", isDefault: true)
        ])
    }

    func instanceTypes(page: PageRequest) async throws -> ListResponse<InstanceTypeResponse> {
        try note("instanceTypes")
        return ListResponse(items: [InstanceTypeResponse(name: "cpu", resources: .none, available: true)])
    }
}

extension FakeServices {
    func delete(_ version: Reference, as account: Account) async throws {
        try note("delete \(version) as \(account.name)")
    }

    func verify(_ version: Reference, as account: Account) async throws -> AsyncStream<VerifyMessage> {
        try note("verify \(version)")
        let (messages, continuation) = AsyncStream.makeStream(of: VerifyMessage.self)
        continuation.yield(VerifyMessage(files: 0, bytes: 7))
        continuation.yield(VerifyMessage(files: 1, bytes: 9, damaged: .init(path: "a", reason: "is missing")))
        continuation.yield(VerifyMessage(files: 1, bytes: 9, result: .damaged))
        continuation.finish()
        return messages
    }

    private func resource(_ name: String, of account: Account) -> ResourceResponse {
        ResourceResponse(id: .fixed, name: name, owner: account.name, created: .fixed)
    }

    private var version: DatasetVersionResponse {
        DatasetVersionResponse(
            id: .fixed,
            name: "alice/datasets/modelnet/1",
            created: .fixed,
            number: 1,
            size: 3,
            files: 1,
            message: nil
        )
    }

    func createProject(_ request: CreateResourceRequest, once: RequestKey?, as account: Account) async throws
        -> ResourceResponse
    {
        try note("createProject \(request.name)\(request.isPublic.map { " public: \($0)" } ?? "")", once)
        return resource("\(account.name)/projects/\(request.name)", of: account)
    }

    func createDataset(_ request: CreateResourceRequest, once: RequestKey?, as account: Account) async throws
        -> ResourceResponse
    {
        try note("createDataset \(request.name)\(request.isPublic.map { " public: \($0)" } ?? "")", once)
        return resource("\(account.name)/datasets/\(request.name)", of: account)
    }

    func project(_ reference: Reference, as account: Account) async throws -> ResourceResponse {
        try note("project \(reference)")
        return resource("alice/projects/x", of: account)
    }

    func updateProject(_ reference: Reference, _ request: UpdateResourceRequest, as account: Account) async throws
        -> ResourceResponse
    {
        try note("updateProject \(reference) public: \(request.isPublic)")
        return resource("alice/projects/x", of: account)
    }

    func updateDataset(_ reference: Reference, _ request: UpdateResourceRequest, as account: Account) async throws
        -> ResourceResponse
    {
        try note("updateDataset \(reference) public: \(request.isPublic)")
        return resource("alice/datasets/x", of: account)
    }

    func projects(page: PageRequest, as account: Account) async throws -> ListResponse<ResourceResponse> {
        try note("projects \(page.cursor ?? "-") \(page.limit)")
        return ListResponse(items: [resource("alice/projects/x", of: account)], next: "x")
    }

    func datasets(page: PageRequest, as account: Account) async throws -> ListResponse<ResourceResponse> {
        try note("datasets \(page.cursor ?? "-") \(page.limit)")
        return ListResponse(items: [resource("alice/datasets/x", of: account)])
    }

    func dataset(_ reference: Reference, as account: Account) async throws -> ResourceResponse {
        try note("dataset \(reference)")
        return resource("alice/datasets/x", of: account)
    }

    func versions(of dataset: Reference?, page: PageRequest, as account: Account) async throws
        -> ListResponse<DatasetVersionResponse>
    {
        try note("versions \(dataset?.description ?? "-") \(page.cursor ?? "-") \(page.limit)")
        return ListResponse(items: [version], next: "more")
    }

    func version(_ reference: Reference, as account: Account) async throws -> DatasetVersionResponse {
        try note("version \(reference)")
        return version
    }

    func addVersion(
        to dataset: Reference,
        _ request: CreateVersionRequest,
        once: RequestKey?,
        as account: Account
    ) async throws -> DatasetVersionResponse {
        let source = request.upload?.string ?? request.job ?? "-"
        try note("addVersion \(dataset) \(source) \(request.message ?? "-")", once)
        return version
    }
}

extension FakeServices {
    func upload(_ state: UploadResponse.State, offset: Int64) -> UploadResponse {
        UploadResponse(
            id: .fixed,
            state: state,
            length: 100,
            offset: offset,
            missing: 1,
            files: 1,
            size: 100,
            created: .fixed,
            expires: state == .committed ? nil : .fixed
        )
    }

    func uploads(page: PageRequest, as account: Account) async throws -> ListResponse<UploadResponse> {
        try note("uploads \(page.cursor ?? "-") \(page.limit)")
        return ListResponse(items: [upload(.receiving, offset: 40), upload(.failed, offset: 0)])
    }

    func begin(manifest: ByteSource, from base: ManifestBase?, once: RequestKey?, as account: Account) async throws
        -> UploadResponse
    {
        _ = try await drain(manifest)
        try note(base.map { "begin from \($0.base.prefix(2)) to \($0.result.prefix(2))" } ?? "begin", once)
        return upload(.receiving, offset: 0)
    }

    func upload(_ id: ObjectID, as account: Account) async throws -> UploadResponse {
        try note("upload \(id)")
        return upload(.receiving, offset: 40)
    }

    func blocks(of version: Reference, _ request: BlockRequest, as account: Account) async throws -> BlockListFile {
        try note("blocks \(version) \(request.path) \(request.size) \(request.average) as \(account.name)")
        return BlockListFile(path: state.withLock { $0.missingFile }, base: "ba5e")
    }

    func takeRecipes(_ id: ObjectID, _ body: ByteSource, as account: Account) async throws -> UploadResponse {
        try note("takeRecipes \(id) of \(try await drain(body)) bytes as \(account.name)")
        return upload(.receiving, offset: 0)
    }

    func recipes(in id: ObjectID, as account: Account) async throws -> String? {
        try note("recipes \(id) as \(account.name)")
        return state.withLock { $0.missingFile }
    }

    func missing(in id: ObjectID, as account: Account) async throws -> String {
        try note("missing \(id)")
        return state.withLock { $0.missingFile }
    }

    func receive(_ id: ObjectID, at offset: Int64, length: Int64?, body: ByteStream, as account: Account) async throws
        -> Int64
    {
        try note("receive \(id) \(offset) \(length.map(String.init) ?? "-")")
        let count = try await drain {
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 1)
            defer { memory.deallocate() }
            let count = try await body.read(memory) { false }
            return count == 0 ? nil : Array(memory[..<count])
        }
        return offset + Int64(count)
    }

    func commit(_ id: ObjectID, hashes: ByteSource, as account: Account) async throws -> UploadResponse {
        try note("commit \(id)")
        _ = try await drain(hashes)
        return upload(.committed, offset: 100)
    }

    func cancel(_ id: ObjectID, as account: Account) async throws {
        try note("cancel \(id)")
    }
}

extension FakeServices {
    var maximumSize: Int64 { 1_000_000 }

    func begin(_ archive: NewArchive, length: Int64, once: RequestKey?, as account: Account) async throws
        -> UploadResponse
    {
        try note("begin \(archive.dataset) \(archive.filename ?? "-") \(archive.message ?? "-") \(length)", once)
        return upload(.receiving, offset: 0)
    }

    func settle(_ id: ObjectID, as account: Account) async throws -> UploadResponse? {
        state.withLock { $0.settled }
    }

    func put(_ archive: NewArchive, length: Int64?, once: RequestKey?, body: ByteSource, as account: Account)
        async throws -> DatasetVersionResponse
    {
        let declared = length.map(String.init) ?? "-"
        _ = try await drain(body)
        try note("put \(archive.dataset) \(archive.filename ?? "-") \(archive.message ?? "-") \(declared)", once)
        return DatasetVersionResponse(
            id: .fixed,
            name: "alice/datasets/modelnet/1",
            created: .fixed,
            number: 1,
            size: 1,
            files: 1,
            message: archive.message
        )
    }
}

extension FakeServices {
    func submit(_ request: SubmitJobRequest, once: RequestKey?, as account: Account) async throws -> JobResponse {
        try note("submit \(request.project) \(request.command) \(request.data.map(\.source))", once)
        return .test(command: request.command)
    }

    func jobs(project: Reference?, page: PageRequest, as account: Account) async throws -> ListResponse<JobResponse> {
        try note("jobs \(project?.description ?? "-") \(page.cursor ?? "-") \(page.limit)")
        return ListResponse(items: state.withLock { $0.jobs })
    }

    func queue(as account: Account) async throws -> [QueueEntry] {
        try note("queue")
        return state.withLock { $0.queue }
    }

    func job(_ reference: Reference, as account: Account) async throws -> JobResponse {
        try note("job \(reference)")
        let jobs = state.withLock { $0.jobs }
        guard let job = jobs.first(where: { $0.id.string == reference.description }) ?? jobs.first else {
            throw FloydError(.jobNotFound, "there is no job \(reference)")
        }
        return job
    }

    func restart(
        _ reference: Reference,
        _ request: RestartJobRequest,
        once: RequestKey?,
        as account: Account
    ) async throws -> JobResponse {
        try note("restart \(reference) \(request.command ?? "as it was")", once)
        return .test(.queued)
    }

    func delete(job reference: Reference, as account: Account) async throws {
        try note("delete job \(reference)")
    }

    func deleteOutput(of reference: Reference, as account: Account) async throws {
        try note("delete output \(reference)")
    }

    func stop(_ reference: Reference, grace: Int?, as account: Account) async throws -> JobResponse {
        try note("stop \(reference)" + (grace.map { " grace \($0)" } ?? ""))
        return .test(.stopping)
    }

    func stopAll(of project: Reference, grace: Int?, as account: Account) async throws -> [JobResponse] {
        try note("stop all \(project)" + (grace.map { " grace \($0)" } ?? ""))
        return [.test(.stopping)]
    }

    func events(after id: Int64, job: Reference?, limit: Int, as account: Account) async throws -> [EventResponse] {
        try note("events \(id)" + (job.map { " \($0)" } ?? "") + " \(limit)")
        return state.withLock { state in Array(state.events.filter { $0.id > id }.prefix(limit)) }
    }

    func latest() async throws -> Int64 {
        state.withLock { $0.events.last?.id ?? 0 }
    }

    func subscribe(_ onMove: @escaping @Sendable () -> Void) -> any Sendable {
        state.withLock { $0.onMove = onMove }
        return "subscription"
    }

    func file(of job: Reference, attempt: Int?, as account: Account) async throws -> String? {
        try note("file \(job)" + (attempt.map { " attempt \($0)" } ?? ""))
        return state.withLock { $0.logFile }
    }

    func follow(_ request: LogRequest, as account: Account) async throws -> any LogFollowing {
        try note("follow \(Self.describe(request))")
        let events = state.withLock { $0.logEvents }
        guard case .lastLines(0) = request.start else { return FakeLogReader(events) }
        // What the end of the log is known by.
        let ends = events.joined().compactMap { if case .log(_, let position) = $0 { position } else { nil } }
        return FakeLogReader(ends.last.map { [[.attempt(.test(1), position: $0)]] } ?? [])
    }

    private static func describe(_ request: LogRequest) -> String {
        var words = ["\(request.job)"]
        if let attempt = request.attempt { words.append("attempt \(attempt)") }
        switch request.start {
        case .beginning: break
        case .position(let position): words.append("from \(position)")
        case .lastLines(let count): words.append("tail \(count)")
        case .since(let date): words.append("since \(MessageCoding.format(date))")
        case .line(let line): words.append("line \(line)")
        }
        if request.streams.count < LogRequest.Stream.allCases.count {
            words.append(request.streams.map(\.rawValue).sorted().joined(separator: ","))
        }
        return words.joined(separator: " ")
    }

    func list(_ job: Reference, page: PageRequest?, as account: Account) async throws -> OutputResponse {
        try note("output \(job)")
        return OutputResponse(
            id: .fixed,
            name: "alice/projects/x/1",
            state: .finished,
            files: state.withLock { $0.output },
            skipped: []
        )
    }

    func open(_ path: String, of job: Reference, as account: Account) async throws -> OpenedFile {
        try note("open \(path) \(job)")
        guard let file = state.withLock({ $0.outputFiles[path] }) else {
            throw FloydError(.notFound, "there is no file \(path)")
        }
        let descriptor = Foundation.open(file, O_RDONLY | O_CLOEXEC)
        let size = lseek(descriptor, 0, SEEK_END)
        return OpenedFile(
            descriptor: descriptor,
            size: Int64(size),
            name: String(path.split(separator: "/").last ?? ""),
            validator: state.withLock { $0.outputValidator }
        )
    }

    func archive(of job: Reference, as format: ArchiveFormat, asking account: Account) async throws -> OpenedArchive {
        try note("archive \(job) \(format)")
        return OpenedArchive(name: "x-3-output.\(format)", source: archiveSource)
    }
}

extension FakeServices {
    func tree(_ source: TreeSource, as account: Account) async throws -> StoredTree {
        switch source {
        case .version(let reference): try note("tree of \(reference)")
        case .code(let job): try note("code of \(job)")
        }
        let bytes = Int64(state.withLock { $0.treeBytes.count })
        return StoredTree(name: "x-1", digest: [0x0A, 0xBC], files: 1, bytes: bytes, created: .fixed)
    }

    private func treeFile(_ name: String, _ validator: String) -> OpenedFile {
        let descriptor = Foundation.open(state.withLock { $0.treeFile }, O_RDONLY | O_CLOEXEC)
        let size = lseek(descriptor, 0, SEEK_END)
        return OpenedFile(descriptor: descriptor, size: Int64(size), name: name, validator: validator)
    }

    func manifest(of tree: StoredTree) async throws -> OpenedFile {
        try note("manifest")
        return treeFile("x-1.jsonl", tree.validator)
    }

    func file(_ path: String, in tree: StoredTree) async throws -> OpenedFile {
        try note("file \(path)")
        return treeFile(String(path.split(separator: "/").last ?? ""), "cafe")
    }

    func contents(of tree: StoredTree, in range: Range<Int64>) async throws -> ContentSource {
        try note("contents \(range)")
        let bytes = Array(state.withLock { $0.treeBytes }[Int(range.lowerBound)..<Int(range.upperBound)])
        let starts = stride(from: 0, to: bytes.count, by: 3)
        let rest = HeldPieces(starts.map { String(decoding: bytes[$0..<min($0 + 3, bytes.count)], as: UTF8.self) })
        return { rest.next().map { .bytes(Array($0.utf8)) } }
    }

    func archive(of tree: StoredTree, as format: ArchiveFormat) async throws -> OpenedArchive {
        try note("archive \(format)")
        return OpenedArchive(name: "\(tree.name).\(format)", source: archiveSource)
    }

    private var archiveSource: ByteSource {
        let (pieces, failure) = state.withLock { ($0.archive, $0.archiveFailure) }
        let rest = HeldPieces(pieces)
        return {
            if let piece = rest.next() { return Array(piece.utf8) }
            if let failure { throw failure }
            return nil
        }
    }
}

/// What an archive has yet to bring.
private final class HeldPieces: Sendable {
    private let rest: Mutex<ArraySlice<String>>

    init(_ pieces: [String]) { rest = Mutex(pieces[...]) }

    func next() -> String? { rest.withLock { $0.popFirst() } }
}
