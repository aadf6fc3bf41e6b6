import FloydAPI
import FloydHTTP
import FloydModel
import Foundation
import HTTPTypes
import Testing

@testable import FloydServer

/// What those are answered who come when the server has stopped.
struct ShutdownTests {
    private static func refusal(_ path: String, _ fields: HTTPFields = [:]) throws -> HTTPServerResponse {
        let request = HTTPServerRequest(
            head: HTTPRequest(method: .post, scheme: "http", authority: "lab", path: path, headerFields: fields),
            body: HTTPRequestBody(content: []),
            peer: .tcp(ip: "127.0.0.1", port: 4000)
        )
        return try TestApplication().application.refusalAfterStop(of: request)
    }

    private static func bytes(_ response: HTTPServerResponse) throws -> [UInt8] {
        guard case .bytes(let bytes) = response.body else { throw FloydError(.internalError, "no content") }
        return bytes
    }

    @Test func aProgramIsToldWhenToComeAgain() throws {
        let response = try Self.refusal("/api/v1/jobs")
        #expect(response.status == .serviceUnavailable)
        #expect(response.headerFields[.retryAfter] == "1")
        #expect(response.headerFields[.tusResumable] == nil)
        let problem = try MessageCoding.decode(Problem.self, from: Data(try Self.bytes(response)))
        #expect(problem.code == .shuttingDown)
        let note = try #require(response.annotation as? RequestNote)
        #expect(note.route == nil && note.client == "127.0.0.1")
    }

    @Test func anUploadIsToldTheVersionOfItsProtocol() throws {
        let response = try Self.refusal("/api/v1/uploads/j_1", [.tusResumable: Tus.version])
        #expect(response.status == .serviceUnavailable)
        #expect(response.headerFields[.tusResumable] == Tus.version)
    }

    @Test func aPersonGetsAPage() throws {
        let response = try Self.refusal("/jobs", [.accept: "text/html"])
        #expect(response.status == .serviceUnavailable)
        #expect(response.headerFields[.retryAfter] == "1")
        #expect(String(decoding: try Self.bytes(response), as: UTF8.self).contains("the server is shutting down"))
    }
}
