import FloydHTTP
import FloydModel
import HTTPTypes

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Files as answers: with ranges (RFC 9110 §14), sent by the kernel, never shown by a browser.
enum FileResponse {
    /// Opens a regular file of the server's own. The call may block for a moment.
    ///
    /// - Throws: `notFound` if it is gone, `internalError` for all else.
    static func open(_ path: String) async throws(FloydError) -> (descriptor: Int32, size: Int64) {
        try await BlockingWork.run { () throws(FloydError) in
            let descriptor = Self.openRetrying(path)
            guard descriptor >= 0 else {
                if errno == ENOENT { throw FloydError(.notFound, "the file is gone") }
                throw FloydError(.internalError, "can't open \(path): errno \(errno)")
            }
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
                close(descriptor)
                throw FloydError(.internalError, "\(path) is not a regular file")
            }
            return (descriptor, Int64(status.st_size))
        }
    }

    private static func openRetrying(_ path: String) -> Int32 {
        while true {
            let descriptor = Self.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
            if descriptor >= 0 || errno != EINTR { return descriptor }
        }
    }

    private static func open(_ path: String, _ flags: Int32) -> Int32 {
        #if canImport(Glibc)
            Glibc.open(path, flags)
        #else
            Darwin.open(path, flags)
        #endif
    }

    /// Answers with the file behind `descriptor`, which the answer owns from here on.
    static func answer(
        descriptor: Int32,
        size: Int64,
        to request: RoutedRequest,
        _ fields: HTTPFields
    ) -> HTTPServerResponse {
        var fields = fields
        fields[.acceptRanges] = "bytes"
        fields[.xContentTypeOptions] = "nosniff"
        // Nothing here has a validator, so a range that depends on one is not honoured (RFC 9110 §13.1.5).
        let header = fields[.ifRange] == nil && request.fields[.ifRange] == nil ? request.fields[.range] : nil
        let range = ByteRange.parse(header, length: size)
        fields[.contentRange] = range.contentRange(length: size)
        switch range {
        case .whole:
            return HTTPServerResponse(
                status: .ok,
                headerFields: fields,
                body: .file(FileRegion(descriptor: descriptor, offset: 0, length: size))
            )
        case .part(let part):
            return HTTPServerResponse(
                status: .partialContent,
                headerFields: fields,
                body: .file(FileRegion(descriptor: descriptor, offset: part.lowerBound, length: Int64(part.count)))
            )
        case .unsatisfiable:
            close(descriptor)
            return ProblemResponse.make(
                FloydError(.rangeNotSatisfiable, "the range begins behind the end", hint: "There are \(size) bytes."),
                [.contentRange: range.contentRange(length: size) ?? ""]
            )
        }
    }
}
