import FloydAPI
import FloydConformance
import FloydHTTP
import FloydModel
import Foundation
import HTTPTypes
import Logging
import Synchronization
import Testing

@testable import FloydServer

/// An application on fake services, asked without a socket.
struct TestApplication {
    let fake: FakeServices
    let application: Application
    let log: CapturedLog
    let clock = TestInstant()

    /// - Parameter notFound: by default nobody waits for a beat.
    init(
        _ fake: FakeServices = FakeServices(),
        logExcerpt: Int64 = 1024 * 1024,
        notFound: NotFoundBeat = NotFoundBeat(sleep: { _ in })
    ) throws {
        self.fake = fake
        let log = CapturedLog()
        self.log = log
        var configuration = ApplicationConfiguration(version: "1.2.3")
        configuration.logExcerpt = logExcerpt
        application = try Application(
            services: fake.services,
            configuration: configuration,
            logger: Logger(label: "test") { _ in log },
            now: { .fixed + 64 },
            instant: { [clock] in clock.now },
            notFound: notFound
        )
    }

    /// - Parameter isDeclared: false where a service fails as it never does in earnest.
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        token: String? = "alice-token",
        cookie: String? = nil,
        _ fields: HTTPFields = [:],
        body: String = "",
        type: String? = nil,
        host: String = "lab.example:8080",
        peer: Peer = .tcp(ip: "127.0.0.1", port: 4000),
        isDeclared: Bool = true
    ) async -> Answer {
        var fields = fields
        if let token { fields[.authorization] = "Bearer \(token)" }
        if let cookie { fields[.cookie] = "floydlite_session=\(cookie)" }
        if let type { fields[.contentType] = type }
        let head = HTTPRequest(
            method: method,
            scheme: "http",
            authority: host,
            path: path,
            headerFields: fields
        )
        let request = HTTPServerRequest(
            head: head,
            body: HTTPRequestBody(content: Array(body.utf8)),
            peer: peer
        )
        let answer = Answer(await application.handle(request))
        if isDeclared { hold(answer, to: request) }
        return answer
    }

    /// What the interface's document promises; the same for every application.
    static let contract = Result { () throws -> InterfaceContract in
        let routes = try TestApplication().application.routes
        return try InterfaceContract(document: InterfaceDocument(routes, version: "1.2.3").json.bytes)
    }

    /// Every answer of every test is as the document has it.
    private func hold(_ answer: Answer, to request: HTTPServerRequest) {
        guard let contract = try? Self.contract.get() else {
            Issue.record("the document can't be read")
            return
        }
        let exchange = InterfaceContract.Exchange(
            method: Tus.method(of: request).rawValue,
            target: request.head.path ?? "/",
            status: answer.status,
            fields: Dictionary(
                answer.fields.map { ($0.name.canonicalName, $0.value) },
                uniquingKeysWith: { "\($0), \($1)" }
            ),
            body: answer.wholeBody
        )
        for flaw in contract.flaws(of: exchange) { Issue.record("\(flaw)") }
    }

    func json(_ method: HTTPRequest.Method, _ path: String, _ body: String) async -> Answer {
        await send(method, path, body: body, type: "application/json")
    }
}

/// A clock that tests turn.
final class TestInstant: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { instant.withLock { $0 } }

    func advance(_ duration: Duration) { instant.withLock { $0 += duration } }
}

/// What came back.
struct Answer {
    let response: HTTPServerResponse

    init(_ response: HTTPServerResponse) { self.response = response }

    var status: Int { response.status.code }
    var bytes: [UInt8] { if case .bytes(let bytes) = response.body { bytes } else { [] } }
    /// nil: a stream, or a file.
    var wholeBody: [UInt8]? {
        switch response.body {
        case .none: []
        case .bytes(let bytes): bytes
        default: nil
        }
    }
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var fields: HTTPFields { response.headerFields }
    /// The problem, if it is one.
    var problem: Problem? {
        guard fields[.contentType] == MediaType.problem else { return nil }
        return try? MessageCoding.decode(Problem.self, from: Data(bytes))
    }

    subscript(field: String) -> String? { HTTPField.Name(field).flatMap { fields[$0] } }

    func decode<Message: Decodable>(_ type: Message.Type = Message.self) throws -> Message {
        try MessageCoding.decode(type, from: Data(bytes))
    }
}
