import FloydAPI
import FloydHTTP
import FloydModel
import FoundationEssentials
import HTTPTypes
import Testing

@testable import FloydServer

/// How much of a head each route takes. The routes are those of the application, so a new one is tried by itself.
@Suite("Limits of heads", .timeLimit(.minutes(1)))
struct HeadLimitTests {
    /// A request to a route whose head is filled up to a size.
    private struct Filled {
        var route: Route
        var line: Int
        var bytes: Int
        var count: Int

        init(_ route: Route) {
            self.route = route
            (line, bytes, count) = (route.limits.line, route.limits.bytes, route.limits.count)
        }

        /// What stands behind the head, and must never be taken for a request.
        static let body = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

        var text: String {
            let path = "\(route.template)".split(separator: "/", omittingEmptySubsequences: false)
                .map { $0.hasPrefix("{") ? "x" : String($0) }.joined(separator: "/")
            let start = "\(route.method) \(path)?x="
            let target = start + String(repeating: "a", count: line - start.utf8.count - " HTTP/1.1".utf8.count)
            var fields = ["Host: x", "Content-Length: \(Self.body.utf8.count)"]
            while fields.count < count - 1 { fields.append("A: b") }
            let rest = bytes - fields.reduce(0) { $0 + $1.utf8.count + 2 } - "Cookie: \r\n".utf8.count
            fields.append("Cookie: " + String(repeating: "c", count: rest))
            return "\(target) HTTP/1.1\r\n" + fields.map { $0 + "\r\n" }.joined() + "\r\n" + Self.body
        }
    }

    private static func isPage(_ route: Route) -> Bool {
        switch route.handler {
        case .constant, .open, .account: false
        case .openPage, .page: true
        }
    }

    private static func isRefused(_ answer: String) -> Bool {
        answer.hasPrefix("HTTP/1.1 414 ") || answer.hasPrefix("HTTP/1.1 431 ")
    }

    @Test("each route takes what is exactly at its limits, and not a byte or a field more")
    func allRoutes() async throws {
        let app = try TestApplication()
        let overs: [(Int, WritableKeyPath<Filled, Int>)] = [(414, \.line), (431, \.bytes), (431, \.count)]
        try await app.serve { port, _ in
            for route in app.application.routes {
                let name = "\(route.method) \(route.template)"
                let full = try await RawConnection(port).exchange(Filled(route).text, until: "\r\n\r\n")
                #expect(full.hasPrefix("HTTP/1.1 ") && !Self.isRefused(full), "\(name): \(full)")
                for (status, part) in overs {
                    var over = Filled(route)
                    over[keyPath: part] += 1
                    // To the end: nothing else may come on this connection.
                    let answer = try await RawConnection(port).exchange(over.text, until: "never")
                    #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(name): \(answer)")
                    #expect(answer.contains("\r\nConnection: close\r\n"), "\(name)")
                    #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2, "\(name): \(answer)")
                    #expect(answer.contains("\r\nContent-Type: text/html") == Self.isPage(route), "\(name)")
                }
            }
        }
        // Nobody was asked who they are, and nothing was done.
        #expect(app.fake.calls.isEmpty)
    }

    @Test("who sends too much is neither asked for a login nor told to go ahead")
    func beforeAllElse() async throws {
        try await TestApplication().serve { port, _ in
            let fields = "Host: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\nContent-Type: application/json\r\n"
            for token in ["", "Authorization: Bearer alice-token\r\n", "Authorization: Bearer wrong\r\n"] {
                let cookies = "Cookie: \(String(repeating: "c", count: 16 * 1024))\r\n"
                let answer = try await RawConnection(port).exchange(
                    "POST /api/v1/jobs HTTP/1.1\r\n\(fields)\(token)\(cookies)\r\n",
                    until: "never"
                )
                #expect(answer.hasPrefix("HTTP/1.1 431 ") && answer.contains("\"head_too_large\""), "\(answer)")
            }
        }
    }

    @Test("refusals are as the document has them")
    func documented() async throws {
        let app = try TestApplication()
        let cookies: HTTPFields = [.cookie: String(repeating: "c", count: 25_000)]
        for route in app.application.routes {
            let path = route.template.description.replacing("{path...}", with: "x")
                .split(separator: "/", omittingEmptySubsequences: false).map { $0.hasPrefix("{") ? "x" : String($0) }
                .joined(separator: "/")
            // What is sent here is held against the document.
            let long = await app.send(route.method, "\(path)?x=\(String(repeating: "a", count: 9_000))")
            #expect(long.status == 414 && long.response.endsConnection, "\(route.method) \(path)")
            let large = await app.send(route.method, path, cookies)
            #expect(large.status == 431 && large.response.endsConnection, "\(route.method) \(path)")
            guard route.operation != nil else { continue }
            #expect(long.problem?.code == .targetTooLong && large.problem?.code == .headTooLarge, "\(path)")
            #expect(long.problem?.detail.contains("\(route.limits.line)") == true, "\(path)")
        }
        #expect(app.fake.calls.isEmpty)
    }

    @Test("no route takes more than the server does, and those of names far less")
    func bounds() throws {
        let server = HTTPLimits()
        let routes = try TestApplication().application.routes
        for route in routes {
            let limits = route.limits
            #expect(limits.line <= server.requestLine && limits.bytes <= server.headerBytes, "\(route.template)")
            #expect(limits.count < server.headerCount, "\(route.template)")
        }
        #expect(routes.count { $0.limits == .ordinary } > routes.count * 3 / 4)
    }

    @Test("what addresses and fields may hold has room in them")
    func room() async throws {
        let app = try TestApplication()
        // As a path of 4,096 bytes comes, half of them escaped; as the server's own login page sends on; as metadata of the longest kind.
        let path = String(repeating: "%41/", count: 1_000) + "a"
        #expect(await app.send(.get, "/api/v1/dataset-versions/x/files/\(path)").status != 414)
        #expect(await app.send(.get, "/api/v1/jobs/x/output?cursor=\(path)").status != 414)
        let page = "/jobs/" + String(repeating: "%2F", count: 300)
        let redirect = await app.send(.get, page, token: nil)
        let location = try #require(redirect["Location"])
        #expect(location.hasPrefix("/?next=") && location.utf8.count > 1_500)
        #expect(await app.send(.get, location, token: nil).status == 200)
        let metadata =
            "dataset eA==,message " + String(repeating: "YWFh", count: 300) + ",x "
            + String(repeating: "YWFh", count: 1_700)
        let fields: HTTPFields = [.tusResumable: "1.0.0", .uploadLength: "7", .uploadMetadata: metadata]
        let cookies: HTTPFields = [.cookie: String(repeating: "c", count: 8_000)]
        var all = fields
        for field in cookies { all.append(field) }
        #expect(await app.send(.post, "/api/v1/uploads", all).status == 201)
    }

    @Test("a browser with several kilobytes of others' cookies, behind a proxy, is let in")
    func browser() async throws {
        let app = try TestApplication()
        var fields: HTTPFields = [:]
        func add(_ name: String, _ value: String) {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        for index in 0..<3 { add("Cookie", "other\(index)=" + String(repeating: "c", count: 4_000)) }
        add(
            "User-Agent",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
        )
        add("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8")
        for index in 0..<30 { add("X-Proxy-\(index)", "some value of a proxy") }
        #expect(await app.send(.get, "/", fields).status == 200)
        #expect(await app.send(.get, "/api/v1/account", fields).status == 200)
    }

    @Test("the listener for metrics has them, too", arguments: ["/metrics", "/healthz"])
    func metrics(path: String) async throws {
        let app = try TestApplication()
        func ask(_ cookies: Int) async -> HTTPServerResponse {
            let fields: HTTPFields = [.cookie: String(repeating: "c", count: cookies)]
            let head = HTTPRequest(method: .get, scheme: "http", authority: "x", path: path, headerFields: fields)
            return await app.application.handleMetrics(
                HTTPServerRequest(head: head, body: HTTPRequestBody(content: []), peer: .tcp(ip: "127.0.0.1", port: 1))
            )
        }
        #expect(await ask(16_000).status.code == 200)
        let refusal = await ask(16_384)
        #expect(refusal.status.code == 431 && refusal.endsConnection)
    }
}
