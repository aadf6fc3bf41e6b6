import FloydHTTP
import HTTPTypes
import Testing

@testable import FloydServer

/// The short way to an answer that is always the same.
struct ConstantAnswerTests {
    private static func request(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ fields: HTTPFields = [:]
    ) -> HTTPServerRequest {
        HTTPServerRequest(
            head: HTTPRequest(method: method, scheme: "http", authority: "lab", path: path, headerFields: fields),
            body: HTTPRequestBody(content: []),
            peer: .tcp(ip: "127.0.0.1", port: 4000)
        )
    }

    private static func bytes(_ response: HTTPServerResponse?) -> [UInt8]? {
        if case .bytes(let bytes) = response?.body { bytes } else { nil }
    }

    @Test(arguments: ["/healthz", "/assets/style.css", "/assets/log.js?v=1", "/assets/icon.svg"])
    func isTheSameAsByTheLongWay(_ path: String) async throws {
        let application = try TestApplication().application
        let short = application.constantAnswer(to: Self.request(.get, path))
        let long = await application.handle(Self.request(.get, path))
        #expect(short?.status == .ok && long.status == .ok)
        #expect(short?.headerFields == long.headerFields)
        #expect(Self.bytes(short) != nil && Self.bytes(short) == Self.bytes(long))
        let (shortNote, longNote) = (short?.annotation as? RequestNote, long.annotation as? RequestNote)
        #expect(shortNote?.route != nil && shortNote?.route == longNote?.route)
        #expect(shortNote?.client == "127.0.0.1")
    }

    @Test(
        arguments: [
            (.get, "/"), (.get, "/healthz/"), (.get, "/%68ealthz"), (.get, "/healthz?a=b"), (.post, "/healthz"),
            (.head, "/healthz"), (.get, "/api/v1/server"), (.options, "*"),
        ] as [(HTTPRequest.Method, String)]
    )
    func everythingElseGoesTheLongWay(_ method: HTTPRequest.Method, _ path: String) throws {
        #expect(try TestApplication().application.constantAnswer(to: Self.request(method, path))?.status == nil)
    }

    @Test func aHeadThatIsTooLargeIsRefusedThere() async throws {
        let application = try TestApplication().application
        let request = Self.request(.get, "/healthz", [.userAgent: String(repeating: "a", count: 20_000)])
        #expect(application.constantAnswer(to: request)?.status == nil)
        #expect(await application.handle(request).status.code == 431)
    }
}
