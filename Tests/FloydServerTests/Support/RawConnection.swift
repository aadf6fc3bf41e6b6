import FloydHTTP
import Foundation

@testable import FloydServer

extension TestApplication {
    /// Serves the application on a port of its own while `body` runs.
    func serve<Result>(_ body: (UInt16, HTTPServer) async throws -> Result) async throws -> Result {
        let application = application
        let server = HTTPServer(
            configuration: HTTPServerConfiguration(address: .tcp(host: "127.0.0.1", port: 0)),
            handler: { await application.handle($0) }
        )
        guard case .tcp(_, let port) = try server.bind() else { throw CancellationError() }
        async let running: Void = server.run()
        defer { server.stop() }
        let result = try await body(port, server)
        server.stop()
        try await running
        return result
    }
}

/// A client of plain sockets. Its calls block a thread of their own, for 5 s at most.
final class RawConnection: Sendable {
    private let descriptor: Int32

    init(_ port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw POSIXError(.ECONNREFUSED) }
    }

    deinit { close(descriptor) }

    /// Sends `request` and reads until what came ends in `end`, or nothing comes any more.
    func exchange(_ request: String, until end: String) async throws -> String {
        let descriptor = descriptor
        return await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                _ = Array(request.utf8).withUnsafeBytes {
                    send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                var received: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 65_536)
                while !String(decoding: received, as: UTF8.self).hasSuffix(end) {
                    let count = recv(descriptor, &buffer, buffer.count, 0)
                    guard count > 0 else { break }
                    received += buffer[..<count]
                    if end != "}", String(decoding: received, as: UTF8.self).contains(end) { break }
                }
                continuation.resume(returning: String(decoding: received, as: UTF8.self))
            }
        }
    }
}
