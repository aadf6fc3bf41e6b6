import FloydHTTP
import Glibc
import HTTPTypes

/// Writes a body into a file on the loop's thread, as nginx does: what was just received is still in the processor's cache.
enum FileSink {
    private static let pieceSize = 256 * 1024

    /// Over what is there, from the beginning.
    static func store(_ body: HTTPRequestBody, in path: String) async -> HTTPServerResponse {
        body.allow(upTo: 1 << 40)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return HTTPServerResponse(status: .internalServerError) }
        defer { close(descriptor) }
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceSize, alignment: 4096)
        defer { piece.deallocate() }
        do {
            while true {
                let count = try await body.read(into: piece)
                if count == 0 { return HTTPServerResponse(status: .created) }
                guard write(piece.prefix(count), to: descriptor) else {
                    return HTTPServerResponse(status: .init(code: 507))
                }
            }
        } catch {
            return HTTPServerResponse(status: .init(code: error.status))
        }
    }

    private static func write(_ bytes: Slice<UnsafeMutableRawBufferPointer>, to descriptor: Int32) -> Bool {
        var rest = UnsafeRawBufferPointer(rebasing: bytes)
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            guard count > 0 || errno == EINTR else { return false }
            rest = UnsafeRawBufferPointer(rebasing: rest[max(0, count)...])
        }
        return true
    }
}
