import Glibc
import HTTPTypes
import Testing

@testable import FloydHTTP

/// The conformance table once more, through a server: what its verdicts come to on a connection.
@Suite("Framing over a socket")
struct SocketFramingTests {
    @Test("a case is answered as it should be, whole, byte by byte and in two")
    func answers() async throws {
        try await Self.serve { server async throws in
            for (number, testCase) in FramingCase.all.enumerated() {
                let bytes = Array(testCase.request.utf8) + testCase.rawSuffix
                try Self.check(testCase, [bytes[...]], server)
                try Self.check(testCase, bytes.indices.map { bytes[$0...$0] }, server)
                // All of the cuts of some; the parsers are tried with all of all.
                let step = number.isMultiple(of: 12) ? 1 : max(1, bytes.count / 5)
                for cut in stride(from: 1, to: min(bytes.count, 200), by: step) {
                    try Self.check(testCase, [bytes[..<cut], bytes[cut...]], server)
                }
            }
        }
    }

    private static func serve(_ test: @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.run(TestSocket.path(), configure: { $0.limits = FramingReader.limits }, test)
    }

    private static func check(_ testCase: FramingCase, _ pieces: [ArraySlice<UInt8>], _ server: TestServer) throws {
        let client = try server.connect()
        for piece in pieces {
            // After a refusal the server ends the connection when it likes.
            guard (try? client.send(Array(piece))) != nil else { break }
            client.waitUntilTaken()
        }
        let comment = Comment(rawValue: "\(testCase.name), in \(pieces.count) pieces, the first of \(pieces[0].count)")
        switch testCase.verdict {
        case .accepted(let method, let path, let content, let keeps):
            let response = try client.receiveFinalResponse()
            #expect(response.status == 200, comment)
            #expect(response.text == "\(method) \(path) \(content)", comment)
            #expect((response.fields["connection"] == "close") == !keeps, comment)
            // What follows is no request, and nothing of this one becomes one.
            client.endSending()
            #expect(try client.receiveToEnd().isEmpty, comment)
        case .refused(let status):
            let response = try client.receiveFinalResponse()
            #expect(response.status == status, comment)
            #expect(response.fields["connection"] == "close", comment)
            #expect(try client.receiveToEnd().isEmpty, comment)
        case .incomplete:
            client.endSending()
            let answer = String(decoding: try client.receiveToEnd(), as: UTF8.self)
            #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400 "), comment)
        }
    }
}

extension RawClient {
    /// The answer, without an interim one before it.
    fileprivate func receiveFinalResponse() throws -> Response {
        let response = try receiveResponse()
        return response.status == 100 ? try receiveResponse() : response
    }
}
