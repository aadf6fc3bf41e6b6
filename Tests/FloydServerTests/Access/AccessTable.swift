import FloydAPI
import FloydModel
import HTTPTypes

@testable import FloydServer

/// Who is answered what by each route, and the request that asks.
struct AccessRow: Sendable {
    typealias Things = RealServer.Things

    /// What alice gets who owns the things, bob for private and for public ones, and carol who is an admin.
    var owner: Int
    var otherPrivate: Int
    var otherPublic: Int
    var admin: Int
    /// What those get who are nobody: without a token, or with one that was revoked or has expired, or of a disabled account.
    var nobody: Int
    /// Whether the request changes something, so that each has to have things of its own.
    var changes: Bool
    var ask: @Sendable (Things) -> RealServer.Ask

    init(
        _ method: HTTPRequest.Method,
        owner: Int,
        other: (private: Int, public: Int),
        admin: Int,
        nobody: Int = 401,
        changes: Bool? = nil,
        fields: HTTPFields = [:],
        type: String? = nil,
        body: (@Sendable (Things) -> String)? = nil,
        path: @escaping @Sendable (Things) -> String
    ) {
        self.owner = owner
        otherPrivate = other.private
        otherPublic = other.public
        self.admin = admin
        self.nobody = nobody
        self.changes = changes ?? (method != .get && method != .head && method != .options)
        ask = { things in
            RealServer.Ask(
                method: method,
                path: path(things),
                fields: fields,
                body: body?(things) ?? "",
                type: type ?? (body == nil ? nil : MediaType.json)
            )
        }
    }

    /// A row of what everybody has for themselves: the same for all who are logged in.
    static func own(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ status: Int = 200,
        fields: HTTPFields = [:],
        type: String? = nil,
        body: String? = nil
    ) -> AccessRow {
        var make: (@Sendable (Things) -> String)?
        if let body { make = { _ in body } }
        return AccessRow(
            method,
            owner: status,
            other: (status, status),
            admin: status,
            fields: fields,
            type: type,
            body: make,
            path: { _ in path }
        )
    }

    /// A row of reading what is somebody's: the owner and admins do, others when it is public.
    static func read(
        _ status: Int = 200,
        _ method: HTTPRequest.Method = .get,
        _ path: @escaping @Sendable (Things) -> String
    ) -> AccessRow {
        AccessRow(method, owner: status, other: (404, status), admin: status, changes: false, path: path)
    }

    /// A row of what is its owner's alone, admins included among the others: nobody else has any use for it.
    static func ownersAlone(
        _ status: Int,
        _ method: HTTPRequest.Method,
        fields: HTTPFields = [:],
        type: String? = nil,
        body: (@Sendable (Things) -> String)? = nil,
        _ path: @escaping @Sendable (Things) -> String
    ) -> AccessRow {
        AccessRow(
            method,
            owner: status,
            other: (404, 404),
            admin: 404,
            fields: fields,
            type: type,
            body: body,
            path: path
        )
    }

    /// A row of changing what is somebody's: the owner and admins may; of what is public others are told that it isn't theirs.
    static func change(
        _ status: Int,
        _ method: HTTPRequest.Method,
        fields: HTTPFields = [:],
        type: String? = nil,
        body: (@Sendable (Things) -> String)? = nil,
        _ path: @escaping @Sendable (Things) -> String
    ) -> AccessRow {
        AccessRow(
            method,
            owner: status,
            other: (404, 403),
            admin: status,
            fields: fields,
            type: type,
            body: body,
            path: path
        )
    }
}

/// The whole table: a route that isn't in it fails the test.
enum AccessTable {
    private static let tus: HTTPFields = [.tusResumable: "1.0.0"]
    private static let tusBytes: HTTPFields = [.tusResumable: "1.0.0", .uploadOffset: "0"]
    private static func job(_ things: AccessRow.Things) -> String { "/api/v1/jobs/\(things.job)" }
    private static func version(_ things: AccessRow.Things) -> String { "/api/v1/dataset-versions/\(things.version)" }
    private static func upload(_ things: AccessRow.Things) -> String { "/api/v1/uploads/\(things.upload)" }

    static let rows: [String: AccessRow] = [
        // The server, and oneself.
        "GET /healthz": AccessRow(.get, owner: 200, other: (200, 200), admin: 200, nobody: 200) { _ in "/healthz" },
        "GET /api/v1/openapi.json": AccessRow(.get, owner: 200, other: (200, 200), admin: 200, nobody: 200) { _ in
            "/api/v1/openapi.json"
        },
        "GET /api/v1/problems/{code}": AccessRow(.get, owner: 200, other: (200, 200), admin: 200, nobody: 200) { _ in
            "/api/v1/problems/not_found"
        },
        "GET /metrics": AccessRow(.get, owner: 403, other: (403, 403), admin: 200) { _ in "/metrics" },
        "GET /api/v1/server": .own(.get, "/api/v1/server"),
        "GET /api/v1/account": .own(.get, "/api/v1/account"),
        "GET /api/v1/environments": .own(.get, "/api/v1/environments"),
        "GET /api/v1/instance-types": .own(.get, "/api/v1/instance-types"),

        // Tokens are never public.
        "GET /api/v1/tokens": AccessRow(.get, owner: 200, other: (404, 404), admin: 200) { _ in
            "/api/v1/tokens?user=alice"
        },
        "POST /api/v1/tokens": AccessRow(
            .post,
            owner: 201,
            other: (201, 201),
            admin: 201,
            body: { #"{"name":"another-\#($0.number)"}"# },
            path: { _ in "/api/v1/tokens" }
        ),
        "GET /api/v1/tokens/{token}": AccessRow(.get, owner: 200, other: (404, 404), admin: 200) {
            "/api/v1/tokens/\($0.token)"
        },
        "DELETE /api/v1/tokens/{token}": AccessRow(.delete, owner: 204, other: (404, 404), admin: 204) {
            "/api/v1/tokens/\($0.token)"
        },

        // Projects and datasets.
        "GET /api/v1/projects": .own(.get, "/api/v1/projects"),
        "POST /api/v1/projects": .own(.post, "/api/v1/projects", body: #"{"name":"mine"}"#),
        "GET /api/v1/projects/{project}": .read { "/api/v1/projects/alice%2F\($0.project)" },
        "PATCH /api/v1/projects/{project}": .change(200, .patch, body: { _ in #"{"public":true}"# }) {
            "/api/v1/projects/alice%2F\($0.project)"
        },
        "POST /api/v1/projects/{project}/stop": .change(202, .post) {
            "/api/v1/projects/alice%2F\($0.project)/stop"
        },
        "GET /api/v1/datasets": .own(.get, "/api/v1/datasets"),
        "POST /api/v1/datasets": .own(.post, "/api/v1/datasets", body: #"{"name":"mine"}"#),
        "GET /api/v1/datasets/{dataset}": .read { "/api/v1/datasets/alice%2F\($0.dataset)" },
        "PATCH /api/v1/datasets/{dataset}": .change(200, .patch, body: { _ in #"{"public":true}"# }) {
            "/api/v1/datasets/alice%2F\($0.dataset)"
        },
        // Nobody is somebody else: an admin puts nothing into others' datasets.
        "POST /api/v1/datasets/{dataset}/versions": AccessRow(
            .post,
            owner: 201,
            other: (404, 403),
            admin: 403,
            body: { #"{"upload":"\#($0.tree)"}"# },
            path: { "/api/v1/datasets/alice%2F\($0.dataset)/versions" }
        ),
        "PUT /api/v1/datasets/{dataset}/archives/{filename}": AccessRow(
            .put,
            owner: 400,
            other: (404, 403),
            admin: 403,
            type: "application/octet-stream",
            body: { _ in "no archive" },
            path: { "/api/v1/datasets/alice%2F\($0.dataset)/archives/x.tar" }
        ),
        "PUT /api/v1/datasets/{dataset}/archives/": AccessRow(
            .put,
            owner: 400,
            other: (404, 403),
            admin: 403,
            type: "application/octet-stream",
            body: { _ in "no archive" },
            path: { "/api/v1/datasets/alice%2F\($0.dataset)/archives/" }
        ),

        // Versions.
        "GET /api/v1/dataset-versions": .read { "/api/v1/dataset-versions?dataset=alice/\($0.dataset)" },
        "GET /api/v1/dataset-versions/{version}": .read { version($0) },
        "DELETE /api/v1/dataset-versions/{version}": .change(204, .delete, version),
        "POST /api/v1/dataset-versions/{version}/verify": .read(200, .post) { "\(version($0))/verify" },
        "GET /api/v1/dataset-versions/{version}/manifest": .read { "\(version($0))/manifest" },
        "GET /api/v1/dataset-versions/{version}/files/{path...}": .read { "\(version($0))/files/a.txt" },
        "GET /api/v1/dataset-versions/{version}/contents": .read { "\(version($0))/contents" },
        "GET /api/v1/dataset-versions/{version}/archive.tar": .read { "\(version($0))/archive.tar" },
        "GET /api/v1/dataset-versions/{version}/archive.zip": .read { "\(version($0))/archive.zip" },
        "GET /api/v1/dataset-versions/{version}/blocks": .read {
            "\(version($0))/blocks?path=a.txt&size=8&average=65536"
        },

        // Uploads.
        "GET /api/v1/uploads": .own(.get, "/api/v1/uploads"),
        "POST /api/v1/uploads": .own(.post, "/api/v1/uploads", 201, type: MediaType.jsonLines, body: ""),
        "OPTIONS /api/v1/uploads": .own(.options, "/api/v1/uploads", 204),
        "OPTIONS /api/v1/uploads/{upload}": .own(.options, "/api/v1/uploads/\(ObjectID())", 204),
        "GET /api/v1/uploads/{upload}": .ownersAlone(200, .get, upload),
        "HEAD /api/v1/uploads/{upload}": .ownersAlone(200, .head, upload),
        "PATCH /api/v1/uploads/{upload}": .ownersAlone(
            204,
            .patch,
            fields: tusBytes,
            type: MediaType.offsetOctetStream,
            body: { _ in "x" },
            upload
        ),
        "DELETE /api/v1/uploads/{upload}": .ownersAlone(204, .delete, fields: tus, upload),
        "GET /api/v1/uploads/{upload}/missing": .ownersAlone(200, .get) { "\(upload($0))/missing" },
        // Hashes are missing.
        "POST /api/v1/uploads/{upload}/commit": .ownersAlone(400, .post) { "\(upload($0))/commit" },
        "PUT /api/v1/uploads/{upload}/recipe": .ownersAlone(400, .put, type: "text/plain", body: { _ in "nonsense\n" })
        {
            "\(upload($0))/recipe"
        },
        // There are none.
        "GET /api/v1/uploads/{upload}/recipe": .ownersAlone(404, .get) { "\(upload($0))/recipe" },

        // Jobs.
        "GET /api/v1/jobs": .read { "/api/v1/jobs?project=alice/\($0.project)" },
        "POST /api/v1/jobs": AccessRow(
            .post,
            owner: 201,
            // The code is alice's upload.
            other: (404, 404),
            admin: 404,
            body: { #"{"project":"mine","code":"\#($0.tree)","command":"true"}"# },
            path: { _ in "/api/v1/jobs" }
        ),
        "GET /api/v1/jobs/{job}": .read { job($0) },
        "DELETE /api/v1/jobs/{job}": .change(204, .delete, job),
        "DELETE /api/v1/jobs/{job}/output": .change(204, .delete) { "\(job($0))/output" },
        // Whoever may read a job's code may run it, too.
        "POST /api/v1/jobs/{job}/restart": AccessRow(.post, owner: 201, other: (404, 201), admin: 201) {
            "\(job($0))/restart"
        },
        "POST /api/v1/jobs/{job}/stop": .change(202, .post) { "/api/v1/jobs/\($0.waiting)/stop" },
        "GET /api/v1/jobs/{job}/log": .read { "\(job($0))/log" },
        "GET /api/v1/jobs/{job}/log/stream": .read { "\(job($0))/log/stream" },
        "GET /api/v1/jobs/{job}/output": .read { "\(job($0))/output" },
        "GET /api/v1/jobs/{job}/output/{path...}": .read { "\(job($0))/output/result.txt" },
        "GET /api/v1/jobs/{job}/output.tar": .read { "\(job($0))/output.tar" },
        "GET /api/v1/jobs/{job}/output.zip": .read { "\(job($0))/output.zip" },
        "GET /api/v1/jobs/{job}/code/manifest": .read { "\(job($0))/code/manifest" },
        "GET /api/v1/jobs/{job}/code/files/{path...}": .read { "\(job($0))/code/files/a.txt" },
        "GET /api/v1/jobs/{job}/code/contents": .read { "\(job($0))/code/contents" },
        "GET /api/v1/jobs/{job}/code/archive.tar": .read { "\(job($0))/code/archive.tar" },
        "GET /api/v1/jobs/{job}/code/archive.zip": .read { "\(job($0))/code/archive.zip" },
        "GET /api/v1/events": .read { "/api/v1/events?job=\($0.job)" },
        "GET /api/v1/events/stream": .read { "/api/v1/events/stream?job=\($0.job)" },

        // Pages: whoever is nobody is shown the login, or sent to it.
        "GET /": AccessRow(.get, owner: 200, other: (200, 200), admin: 200, nobody: 200) { _ in "/" },
        "POST /login": AccessRow(
            .post,
            owner: 401,
            other: (401, 401),
            admin: 401,
            type: FormBody.mediaType,
            body: { _ in "token=x" }
        ) {
            _ in "/login"
        },
        "POST /logout": AccessRow(.post, owner: 303, other: (303, 303), admin: 303, nobody: 303) { _ in "/logout" },
        "GET /jobs/{job}": AccessRow(.get, owner: 200, other: (404, 200), admin: 200, nobody: 303) {
            "/jobs/\($0.job)"
        },
        "POST /jobs/{job}/stop": AccessRow(.post, owner: 303, other: (404, 403), admin: 303, nobody: 303) {
            "/jobs/\($0.waiting)/stop"
        },
    ]
}
