import FloydAPI
import FloydModel
import Foundation
import Testing

@testable import FloydClient

/// The real transport against a server of a few lines on loopback.
@Suite(.serialized) struct CurlTests {
    private static let accountBody = #"{"id":"eo4LZmQVs9JMwW6xB8hta5","name":"alice","role":"user","state":"active"}"#

    private static func answer(_ body: String, _ status: String = "200 OK") -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private func client(_ server: LoopbackServer) throws -> FloydClient {
        let address = try ServerAddress(parsing: server.address)
        return FloydClient(address: address, token: "t", transport: try CurlTransport(to: address), pause: { _ in })
    }

    @Test func oneConnectionServesManyRequests() throws {
        let server = try LoopbackServer(answers: [Self.answer(Self.accountBody), Self.answer(Self.accountBody)])
        let client = try client(server)
        _ = try client.account()
        #expect(try client.account().name.string == "alice")
        let seen = server.finish()
        #expect(seen.connections == 1)
        #expect(seen.requests.count == 2)
        #expect(seen.requests[0].hasPrefix("GET /api/v1/account HTTP/1.1\r\n"))
        #expect(seen.requests[0].contains("Authorization: Bearer t\r\n"))
        #expect(seen.requests[0].contains("User-Agent: floydlite/"))
    }

    @Test func bodiesAreNeitherFormsNorWaitedFor() throws {
        let server = try LoopbackServer(answers: [Self.answer(#"{"items":[]}"#, "422 No")])
        #expect(throws: FloydError.self) { try client(server).stop(Reference(.number(3))) }
        let request = try #require(server.finish().requests.first)
        #expect(request.hasPrefix("POST /api/v1/jobs/3/stop HTTP/1.1\r\n"))
        #expect(request.contains("Content-Length: 0\r\n"))
        #expect(!request.contains("Content-Type"))
        #expect(!request.contains("Expect"))
    }

    @Test func streamsGoWithTheirLength() throws {
        let bytes = [UInt8](repeating: 0x61, count: 3_000_000)
        let server = try LoopbackServer(answers: ["HTTP/1.1 204 No Content\r\nUpload-Offset: 3000000\r\n\r\n"])
        try client(server).send(MemorySource(bytes), length: 3_000_000, to: ObjectID())
        let request = try #require(server.finish().requests.first)
        #expect(request.hasPrefix("PATCH /api/v1/uploads/"))
        #expect(request.contains("Content-Length: 3000000\r\n"))
        #expect(request.hasSuffix("\r\n\r\n" + String(repeating: "a", count: 3_000_000)))
    }

    @Test func socketsInTheFileSystemWork() throws {
        let path = NSTemporaryDirectory() + "floyd-\(UUID().uuidString.prefix(8)).sock"
        defer { unlink(path) }
        let server = try LoopbackServer(path: path, answers: [Self.answer(Self.accountBody)])
        #expect(try client(server).account().role == "user")
        #expect(server.finish().requests.count == 1)
    }

    @Test func nobodyThereIsUnreachable() throws {
        let server = try LoopbackServer(answers: [])
        let address = try ServerAddress(parsing: server.address)
        _ = server.finish()
        // Time passes only in the pauses.
        var now = ContinuousClock.now
        let retry = Retrying(pause: { now += $0 }, now: { now })
        let client = FloydClient(address: address, token: "t", transport: try CurlTransport(to: address), retry: retry)
        #expect { try client.account() } throws: { ($0 as? FloydError)?.code == .unreachable }
    }

    @Test func anAnswerCutShortIsBroken() throws {
        let server = try LoopbackServer(answers: ["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"])
        let address = try ServerAddress(parsing: server.address)
        let transport = try CurlTransport(to: address)
        #expect {
            try transport.perform(TransportRequest("GET", "/")) { _, _ in }
        } throws: {
            if case .broken = $0 as? TransportFailure { true } else { false }
        }
        _ = server.finish()
    }

    @Test func givingUpEndsARequest() throws {
        let server = try LoopbackServer(answers: [])
        let transport = try CurlTransport(to: try ServerAddress(parsing: server.address), isCancelled: { true })
        #expect(throws: TransportFailure.cancelled) {
            try transport.perform(TransportRequest("GET", "/")) { _, _ in }
        }
        _ = server.finish()
    }
}
