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
    /// - Throws: `notFound` if it is gone, `unavailable` where no more files can be opened, `internalError` for all else.
    static func open(_ path: String) async throws(FloydError) -> (descriptor: Int32, size: Int64) {
        try await BlockingWork.run { () throws(FloydError) in
            let descriptor = Self.openRetrying(path)
            guard descriptor >= 0 else {
                if errno == ENOENT { throw FloydError(.notFound, "the file is gone") }
                if errno == EMFILE || errno == ENFILE {
                    throw FloydError(.unavailable, "too many files are open", hint: "Try again in a moment.")
                }
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
    ///
    /// - Parameter tag: of the file as it is now; without one, a range that depends on a state is not honoured.
    static func answer(
        descriptor: Int32,
        size: Int64,
        to request: RoutedRequest,
        tag: EntityTag? = nil,
        _ fields: HTTPFields
    ) -> HTTPServerResponse {
        switch RangedAnswer.decide(size: size, tag: tag, for: request, fields) {
        case .content(let status, let fields, let range):
            let file = SentFiles.shared.file(owning: descriptor)
            let region = FileRegion(file, offset: range.lowerBound, length: Int64(range.count))
            return HTTPServerResponse(status: status, headerFields: fields, body: .file(region))
        case .other(let response):
            close(descriptor)
            return response
        }
    }
}
