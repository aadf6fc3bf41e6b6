import HTTPTypes
import Testing

@testable import FloydHTTP

@Suite("Sizes of heads")
struct HeadSizeTests {
    private static func size(of head: String, inPiecesOf count: Int) -> HTTPHeadSize? {
        var parser = HeadParser(limits: HTTPLimits())
        var received: [UInt8] = []
        for byte in head.utf8 {
            received.append(byte)
            guard received.count % count == 0 || received.count == head.utf8.count else { continue }
            if case .complete(let head, _) = received.withUnsafeBytes({ parser.parse($0) }) { return head.size }
        }
        return nil
    }

    @Test(
        "are counted as they came, whole and byte by byte",
        arguments: [
            // Line, bytes of the fields, fields.
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 14, 9, 1),
            ("GET / HTTP/1.1\r\nHost:a\r\nA:  b \r\nA:\r\n\r\n", 14, 20, 3),
            ("\r\nDELETE /%41?b=c HTTP/1.1\r\nHost: a\r\n\r\n", 24, 9, 1),
            ("GET http://b/c HTTP/1.1\r\nHost: b\r\n\r\n", 23, 9, 1),
            ("GET / HTTP/1.0\r\n\r\n", 14, 0, 0),
            ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc", 14, 50, 3),
        ]
    )
    func measured(head: String, line: Int, bytes: Int, count: Int) {
        let expected = HTTPHeadSize(requestLine: line, headerBytes: bytes, headerCount: count)
        #expect(Self.size(of: head, inPiecesOf: head.utf8.count) == expected)
        #expect(Self.size(of: head, inPiecesOf: 1) == expected)
    }

    @Test("a head that no connection brought has the size that it would have")
    func made() {
        let head = HTTPRequest(
            method: .get,
            scheme: "http",
            authority: "a",
            path: "/x?y",
            headerFields: [.accept: "b", .cookie: "c=d"]
        )
        let request = HTTPServerRequest(head: head, body: HTTPRequestBody(content: []), peer: .tcp(ip: "::1", port: 1))
        let text = "GET /x?y HTTP/1.1\r\nHost: a\r\nAccept: b\r\nCookie: c=d\r\n\r\n"
        #expect(request.headSize == Self.size(of: text, inPiecesOf: text.utf8.count))
    }

    @Test("an answer that ends the connection leaves nothing of the client's to be taken for a request")
    func ending() async throws {
        let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
        try await TestServer.run(handler: { _ in
            var response = HTTPServerResponse(status: .ok, body: .bytes(Array("last".utf8)))
            response.endsConnection = true
            return response
        }) { server async throws in
            for fields in [
                "", "Content-Length: \(smuggled.utf8.count)\r\n", "Content-Length: 5\r\nExpect: 100-continue\r\n",
                "Transfer-Encoding: chunked\r\n",
            ] {
                let client = try server.connect()
                try client.send("PUT / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\(smuggled)")
                let response = try client.receiveResponse()
                #expect(response.status == 200 && response.text == "last")
                #expect(response.fields["connection"] == "close")
                #expect(try client.receiveToEnd().isEmpty)
            }
            #expect(server.events.records.map(\.target) == ["/", "/", "/", "/"])
        }
    }
}
