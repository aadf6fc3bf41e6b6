import FloydAPI
import FloydHTTP
import FloydModel
import FloydRun
import FloydStore
import FloydTree
import Foundation
import HTTPTypes
import Logging

@testable import FloydCore
@testable import FloydServer

/// The application on the real services of a data folder of its own, asked without a socket. Nothing is run: jobs are moved by hand.
///
/// Alice owns what is asked for, bob has nothing, carol is an admin, dora is disabled.
final class RealServer: Sendable {
    /// Who asks.
    enum Caller: String, CaseIterable {
        case anonymous, owner, other, admin, revoked, expired, disabled
    }

    let root: String
    let application: Application
    private let folder: DataFolder
    private let store: Store
    private let daemon: Daemon
    private let tokens: [Caller: String]
    /// That of the present moment for everything but the making of the expired token.
    private static let past = Date().addingTimeInterval(-1_000)

    init() async throws {
        var template = Array("/tmp/floydlite-access-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
        root = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        chmod(root, 0o755)
        folder = DataFolder("\(root)/data")
        var configuration = ServerConfiguration()
        configuration.isolation = .none
        configuration.resources.cpus = 4
        configuration.resources.gpus = []
        // Whatever Python there is: nothing is built.
        configuration.uv = "/bin/true"
        let python = (6...20).map { "3.\($0)" }.first { HostPython.path($0) != nil } ?? "3.11"
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        daemon = try await Daemon(
            configuration: configuration,
            environments: try EnvironmentCatalog(yaml: "python: {python: \"\(python)\"}", file: "environments.yml"),
            dataFolder: try await DataFolderHold(folder),
            logger: quiet
        )
        application = try Application(
            services: daemon.services,
            configuration: ApplicationConfiguration(version: "1.2.3"),
            logger: quiet
        )
        store = try await Store.open(path: folder.database, migrating: false)
        let accounts = AccountService(store: store)
        var tokens: [Caller: String] = [:]
        tokens[.owner] = try await accounts.addUser(Name("alice"), role: .user).token
        tokens[.other] = try await accounts.addUser(Name("bob"), role: .user).token
        tokens[.admin] = try await accounts.addUser(Name("carol"), role: .admin).token
        tokens[.disabled] = try await accounts.addUser(Name("dora"), role: .user).token
        _ = try await accounts.setDisabled(true, Name("dora"))
        let revoked = try await accounts.addToken(to: Name("alice"), name: "revoked")
        if let login = try await accounts.authenticate(token: revoked) {
            try await accounts.revokeToken(.current, as: login)
        }
        tokens[.revoked] = revoked
        tokens[.expired] = try await AccountService(store: store, now: { Self.past })
            .addToken(to: Name("alice"), name: "expired", expiresIn: 60)
        self.tokens = tokens
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root)
    }

    func token(of caller: Caller) -> String? { tokens[caller] }

    func send(_ ask: Ask, as caller: Caller) async -> Answer {
        var fields = ask.fields
        if let token = tokens[caller] { fields[.authorization] = "Bearer \(token)" }
        if let type = ask.type { fields[.contentType] = type }
        // From an address of its own: one's failed logins are nobody else's.
        let number = Caller.allCases.firstIndex(of: caller) ?? 0
        let peer = Peer.tcp(ip: "192.0.2.\(number)", port: 4000)
        return await send(ask.method, ask.path, fields, Array(ask.body.utf8), peer: peer)
    }

    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ fields: HTTPFields = [:],
        _ body: [UInt8] = [],
        peer: Peer = .tcp(ip: "127.0.0.1", port: 4000)
    ) async -> Answer {
        let head = HTTPRequest(
            method: method,
            scheme: "http",
            authority: "localhost",
            path: path,
            headerFields: fields
        )
        return Answer(
            await application.handle(HTTPServerRequest(head: head, body: HTTPRequestBody(content: body), peer: peer))
        )
    }

    /// A request, whoever sends it.
    struct Ask: Sendable {
        var method: HTTPRequest.Method
        var path: String
        var fields: HTTPFields = [:]
        var body = ""
        var type: String?
    }

    // MARK: - Things

    /// One of each of alice's things. Their names are as long as those of things that aren't there.
    struct Things: Sendable {
        var number: Int
        var project: String { "project-\(number)" }
        var dataset: String { "dataset-\(number)" }
        /// A job that has ended, with a log and an output, and one that waits.
        var job: ObjectID
        var waiting: ObjectID
        var version: ObjectID
        /// An upload of which nothing has come, and a committed one.
        var upload: ObjectID
        var tree: ObjectID
        var token: ObjectID

        /// What looks like them and isn't there.
        static func absent(_ number: Int) -> Things {
            Things(
                number: number,
                job: ObjectID(),
                waiting: ObjectID(),
                version: ObjectID(),
                upload: ObjectID(),
                tree: ObjectID(),
                token: ObjectID()
            )
        }

        /// Their names and ids, so that answers about different things can be compared.
        var names: [String] {
            [project, dataset] + [job, waiting, version, upload, tree, token].map(\.string)
        }
    }

    static let file = "content\n"

    func make(_ number: Int, isPublic: Bool) async throws -> Things {
        var things = Things.absent(number)
        things.upload = try await begin(Self.line("later", "other \(number)\n"))
        things.tree = try await commit(Self.line("a.txt", Self.file), Self.file)
        let isPublic = #""public":\#(isPublic)"#
        try await post("/api/v1/datasets", #"{"name":"\#(things.dataset)",\#(isPublic)}"#)
        try await post("/api/v1/projects", #"{"name":"\#(things.project)",\#(isPublic)}"#)
        let version: DatasetVersionResponse = try await post(
            "/api/v1/datasets/\(things.dataset)/versions",
            #"{"upload":"\#(things.tree)"}"#
        ).decode()
        things.version = version.id
        things.job = try await submit(things)
        try await end(things.job)
        things.waiting = try await submit(things)
        let token: CreatedTokenResponse = try await post("/api/v1/tokens", #"{"name":"token-\#(number)"}"#).decode()
        things.token = token.about.id
        return things
    }

    @discardableResult
    private func post(_ path: String, _ body: String, type: String = "application/json") async throws -> Answer {
        let answer = await send(Ask(method: .post, path: path, body: body, type: type), as: .owner)
        guard (200..<300).contains(answer.status) else {
            throw FloydError(.internalError, "\(path): \(answer.status) \(answer.text)")
        }
        return answer
    }

    private static func line(_ path: String, _ content: String) -> String {
        #"{"path":"\#(path)","type":"file","size":\#(content.utf8.count)}"# + "\n"
    }

    private func begin(_ manifest: String) async throws -> ObjectID {
        let upload: UploadResponse = try await post("/api/v1/uploads", manifest, type: MediaType.jsonLines).decode()
        return upload.id
    }

    private func commit(_ manifest: String, _ content: String) async throws -> ObjectID {
        let id = try await begin(manifest)
        let sent = await send(
            Ask(
                method: .patch,
                path: "/api/v1/uploads/\(id)",
                fields: [.tusResumable: "1.0.0", .uploadOffset: "0"],
                body: content,
                type: MediaType.offsetOctetStream
            ),
            as: .owner
        )
        guard sent.status == 204 else { throw FloydError(.internalError, "PATCH: \(sent.status) \(sent.text)") }
        let hash = Hex.string(FileHasher.hash(Array(content.utf8), .blake3).bytes)
        try await post("/api/v1/uploads/\(id)/commit", hash + "\n", type: "text/plain")
        return id
    }

    private func submit(_ things: Things) async throws -> ObjectID {
        let job: JobResponse = try await post(
            "/api/v1/jobs",
            #"{"project":"\#(things.project)","code":"\#(things.tree)","command":"true"}"#
        ).decode()
        return job.id
    }

    /// Moves a job to its end, and leaves what it would have left.
    private func end(_ job: ObjectID) async throws {
        let run = RunDirectory(in: "\(folder.path)/runs", jobID: job.string, attempt: 1)
        try FileManager.default.createDirectory(atPath: run.output, withIntermediateDirectories: true)
        try Data("result\n".utf8).write(to: URL(filePath: "\(run.output)/result.txt"))
        try Data("2026-11-22T12:00:00.123456789Z stdout F hello\n".utf8).write(to: URL(filePath: run.log))
        let facts = MoveFacts(at: Date(), exitCode: nil)
        _ = try await store.jobs.move(job, attempt: 0, from: .queued, on: .claim, facts)
        _ = try await store.jobs.move(job, attempt: 1, from: .starting, on: .commandStarted, facts)
        let ended = try await store.jobs.move(job, attempt: 1, from: .running, on: .exitRecord(.success), facts)
        guard ended?.state == .finished else { throw FloydError(.internalError, "the job has not ended") }
    }

    func setPublic(_ isPublic: Bool, _ things: Things) async throws {
        for path in ["/api/v1/datasets/\(things.dataset)", "/api/v1/projects/\(things.project)"] {
            let ask = Ask(method: .patch, path: path, body: #"{"public":\#(isPublic)}"#, type: "application/json")
            let answer = await send(ask, as: .owner)
            guard answer.status == 200 else { throw FloydError(.internalError, "\(path): \(answer.text)") }
        }
    }
}
