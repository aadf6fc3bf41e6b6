import HTTPTypes
import Testing

@testable import FloydHTTP

@Suite("What a handler says to the observer", .timeLimit(.minutes(1)))
struct AnnotationTests {
    private final class Note: HTTPAnnotation {
        let text: String

        init(_ text: String) { self.text = text }
    }

    @Test("comes with the record of its own request, and is never sent")
    func annotation() async throws {
        try await TestServer.run(handler: { request in
            var response = HTTPServerResponse(
                // The server answers something else instead of an interim status.
                status: request.path == "/interim" ? .init(code: 103) : .ok,
                body: .bytes(Array("content".utf8))
            )
            if request.path != "/none" { response.annotation = Note(String(request.path)) }
            return response
        }) { server in
            // The one loop tells of each before it answers the next.
            for path in ["/a", "/none", "/interim", "/last"] {
                let answer = try server.ask("GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                #expect(answer.status == (path == "/interim" ? 500 : 200))
            }
            let notes = server.events.records.filter { $0.target != "/last" }.map {
                ($0.target, ($0.annotation as? Note)?.text)
            }
            #expect(notes.map(\.0).sorted() == ["/a", "/interim", "/none"])
            for (target, text) in notes { #expect(text == (target == "/none" ? nil : target)) }
        }
    }
}
