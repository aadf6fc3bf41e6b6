import FloydHTTP
import Glibc
import HTTPTypes

/// A server to measure: `GET /ping`, `GET /file` (the file named by the second argument), `PUT /sink`, `GET /ticks` (an event
/// stream of ten a second). The first argument is the address.
@main
enum HTTPBench {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let address = try ListenAddress(parsing: arguments.count > 1 ? arguments[1] : "127.0.0.1:8080")
        let path = arguments.count > 2 ? arguments[2] : "/dev/null"
        let server = HTTPServer(configuration: HTTPServerConfiguration(address: address)) { request in
            await answer(request, file: path)
        }
        print("listening on \(try server.bind())")
        try await server.run()
    }

    private static func answer(_ request: HTTPServerRequest, file: String) async -> HTTPServerResponse {
        switch request.path {
        case "/ping":
            return HTTPServerResponse(
                status: .ok,
                headerFields: [.contentType: "text/plain"],
                body: .bytes(Array("pong\n".utf8))
            )
        case "/file":
            let descriptor = open(file, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return HTTPServerResponse(status: .notFound) }
            var status = stat()
            fstat(descriptor, &status)
            return HTTPServerResponse(
                status: .ok,
                body: .file(FileRegion(descriptor: descriptor, length: Int64(status.st_size)))
            )
        case "/sink":
            return await sink(request.body)
        case "/ticks":
            return HTTPServerResponse(
                status: .ok,
                headerFields: [.contentType: "text/event-stream"],
                body: .stream(length: nil) { writer in
                    while !writer.isStopping {
                        try await writer.write(Array("data: tick\n\n".utf8))
                        try await writer.sleep(for: .milliseconds(100))
                    }
                }
            )
        default:
            return HTTPServerResponse(status: .notFound)
        }
    }

    private static func sink(_ body: HTTPRequestBody) async -> HTTPServerResponse {
        body.allow(upTo: 1 << 40)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 4096)
        defer { buffer.deallocate() }
        var total = 0
        do {
            while true {
                let count = try await body.read(into: buffer)
                if count == 0 { break }
                total += count
            }
        } catch {
            return HTTPServerResponse(status: .init(code: error.status))
        }
        return HTTPServerResponse(status: .ok, body: .bytes(Array("\(total)\n".utf8)))
    }
}
