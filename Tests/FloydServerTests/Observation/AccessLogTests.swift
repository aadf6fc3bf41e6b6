import FloydCore
import FloydHTTP
import FloydModel
import Foundation
import HTTPTypes
import Logging
import Testing

@testable import FloydServer

@Suite("The access log")
struct AccessLogTests {
    private static func text(_ line: AccessLogLine) -> String {
        var bytes: [UInt8] = []
        line.write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("has a line of JSON for each request")
    func line() {
        let line = AccessLogLine(
            time: 1_763_866_740_042,
            status: 200,
            client: "2001:db8::1",
            course: .answered(
                method: "GET",
                route: "/api/v1/jobs/{job}",
                received: 0,
                sent: 1234,
                duration: .microseconds(1_000_123),
                user: "alice",
                isIncomplete: true
            )
        )
        #expect(
            Self.text(line)
                == #"{"time":"2025-11-23T02:59:00.042Z","method":"GET","route":"/api/v1/jobs/{job}","status":200,"received":0,"#
                + #""sent":1234,"duration":1.000123,"user":"alice","client":"2001:db8::1","incomplete":true}"# + "\n"
        )
    }

    @Test("what a client writes can't make a line of its own")
    func injection() throws {
        let line = AccessLogLine(
            time: 0,
            status: 501,
            client: "a\"b",
            course: .answered(
                method: "GET\"}\n{\u{1b}\\",
                route: nil,
                received: 0,
                sent: 0,
                duration: .nanoseconds(12_345),
                user: nil,
                isIncomplete: false
            )
        )
        let text = Self.text(line)
        #expect(text.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
        let object = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["method"] as? String == "GET\"}\n{\u{1b}\\" && object["client"] as? String == "a\"b")
        #expect(object["duration"] as? Double == 0.000012 && object["route"] == nil && object["user"] == nil)
    }

    /// Through the application: what of a request ends up in the log's file.
    private static func log(
        _ events: (TestApplication) async -> [HTTPServerEvent]
    ) async throws -> [[String: Any]] {
        let app = try TestApplication()
        let file = try TemporaryFile("".utf8)
        let observation = try Observation(
            of: app.application,
            accessLog: .file(file.path),
            logger: Logger(label: "test") { _ in app.log }
        )
        for event in await events(app) { observation.observe(event) }
        await observation.flush()
        let text = try String(contentsOfFile: file.path, encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    private static func finished(_ method: String, _ target: String, _ answer: Answer) -> HTTPServerEvent {
        .requestFinished(
            .init(
                method: method,
                target: target,
                status: answer.status,
                bytesReceived: 3,
                bytesSent: 4,
                duration: .milliseconds(1),
                peer: .tcp(ip: "127.0.0.1", port: 9),
                isIncomplete: false,
                annotation: answer.response.annotation
            )
        )
    }

    @Test("names the route, who asked, and nothing that stood in the address")
    func application() async throws {
        let lines = try await Self.log { app in
            var events: [HTTPServerEvent] = []
            for (path, token) in [
                ("/api/v1/jobs/alice%2Fsecret%2F1?token=s3cret", "alice-token"),
                ("/api/v1/jobs/secret", "wrong-s3cret"),
                ("/secret/s3cret", "alice-token"), ("/api/v1/jobs/%zz-secret", "alice-token"),
            ] as [(String, String?)] {
                events.append(Self.finished("GET", path, await app.send(.get, path, token: token)))
            }
            return events + [
                .protocolError(status: 400, reason: "malformed request line", peer: .tcp(ip: "::1", port: 1)),
                .connectionRefused(peer: .unix(uid: 1, gid: 1, pid: 1)),
            ]
        }
        try #require(lines.count == 6)
        #expect(lines.map { $0["status"] as? Int } == [400, 401, 404, 400, 400, 503])
        #expect(
            lines.map { $0["route"] as? String } == ["/api/v1/jobs/{job}", "/api/v1/jobs/{job}", nil, nil, nil, nil]
        )
        #expect(lines.map { $0["user"] as? String } == ["alice", nil, nil, nil, nil, nil])
        #expect(
            lines.map { $0["client"] as? String } == [
                "127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "::1", "unix",
            ]
        )
        #expect(lines[4]["refused"] as? String == "malformed request line")
        #expect(lines.allSatisfy { !"\($0)".contains("secret") && !"\($0)".contains("s3cret") })
        #expect(lines[0]["received"] as? Int == 3 && lines[0]["sent"] as? Int == 4)
    }

    @Test("has the client that a trusted proxy speaks for")
    func proxied() async throws {
        var configuration = ApplicationConfiguration(version: "1")
        configuration.trustedProxies = TrustedProxies(addresses: ["127.0.0.1"].compactMap(AddressRange.init))
        let log = CapturedLog()
        let application = try Application(
            services: FakeServices().services,
            configuration: configuration,
            logger: Logger(label: "test") { _ in log }
        )
        let head = HTTPRequest(
            method: .post,
            scheme: "http",
            authority: "x",
            path: "/login",
            headerFields: [
                .xForwardedFor: "192.0.2.7", .xForwardedProto: "https",
                .contentType: "application/x-www-form-urlencoded",
            ]
        )
        let request = HTTPServerRequest(
            head: head,
            body: HTTPRequestBody(content: Array("token=alice-token".utf8)),
            peer: .tcp(ip: "127.0.0.1", port: 1)
        )
        let response = await application.handle(request)
        #expect((response.annotation as? RequestNote)?.client == "192.0.2.7")
        // And its cookie never travels without TLS.
        #expect(response.headerFields[.setCookie]?.hasSuffix("; Secure") == true)
    }

    @Test("can't be begun where it can't be written")
    func unwritable() throws {
        let app = try TestApplication()
        #expect(throws: FloydError.self) {
            try Observation(
                of: app.application,
                accessLog: .file("/nonexistent/folder/log"),
                logger: Logger(label: "test") { _ in app.log }
            )
        }
    }
}
