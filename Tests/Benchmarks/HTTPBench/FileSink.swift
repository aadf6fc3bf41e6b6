import Dispatch
import FloydHTTP
import Glibc
import HTTPTypes

/// Writes a body into a file while the next piece of it comes.
enum FileSink {
    private static let pieceSize = 1024 * 1024

    static func store(_ body: HTTPRequestBody, in path: String) async -> HTTPServerResponse {
        body.allow(upTo: 1 << 40)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return HTTPServerResponse(status: .internalServerError) }
        defer { close(descriptor) }
        do {
            var piece = try await body.read(upTo: pieceSize)
            while let bytes = piece {
                async let isWritten = WritingExecutor.write(bytes, to: descriptor)
                piece = try await body.read(upTo: pieceSize)
                guard await isWritten else { return HTTPServerResponse(status: .init(code: 507)) }
            }
            return HTTPServerResponse(status: .created)
        } catch {
            return HTTPServerResponse(status: .internalServerError)
        }
    }
}

/// A thread that may wait for a disk.
private final class WritingExecutor: TaskExecutor {
    private static let shared = WritingExecutor()
    private let queue = DispatchQueue(label: "writing")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    static func write(_ bytes: [UInt8], to descriptor: Int32) async -> Bool {
        await withTaskExecutorPreference(shared) { writeNow(bytes, to: descriptor) }
    }

    private static func writeNow(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { return false }
            rest = rest.dropFirst(max(0, count))
        }
        return true
    }
}
