import Dispatch
import FloydHTTP
import Glibc
import HTTPTypes

/// Writes a body into a file while what follows of it comes.
enum FileSink {
    private static let pieceSize = 1024 * 1024

    static func store(_ body: HTTPRequestBody, in path: String) async -> HTTPServerResponse {
        body.allow(upTo: 1 << 40)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return HTTPServerResponse(status: .internalServerError) }
        defer { close(descriptor) }
        // One is written while the other fills.
        let pieces = [Piece(pieceSize), Piece(pieceSize)]
        do {
            try await pieces[0].fill(from: body)
            for turn in 0... {
                let (full, next) = (pieces[turn % 2], pieces[(turn + 1) % 2])
                guard full.count > 0 else { break }
                async let isWritten = WritingExecutor.write(full, to: descriptor)
                try await next.fill(from: body)
                guard await isWritten else { return HTTPServerResponse(status: .init(code: 507)) }
            }
            return HTTPServerResponse(status: .created)
        } catch {
            return HTTPServerResponse(status: .internalServerError)
        }
    }
}

/// Memory for a part of a body.
///
/// Unchecked Sendable: it is filled or written, by one task at a time, which the one that has it waits for.
private final class Piece: @unchecked Sendable {
    private let memory: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    init(_ size: Int) {
        memory = .allocate(byteCount: size, alignment: 4096)
    }

    deinit {
        memory.deallocate()
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

    /// Reads until it is full, or the body ends.
    func fill(from body: HTTPRequestBody) async throws(HTTPBodyError) {
        count = 0
        while count < memory.count {
            let read = try await body.read(into: UnsafeMutableRawBufferPointer(rebasing: memory[count...]))
            if read == 0 { break }
            count += read
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

    static func write(_ piece: Piece, to descriptor: Int32) async -> Bool {
        await withTaskExecutorPreference(shared) { writeNow(piece.bytes, to: descriptor) }
    }

    private static func writeNow(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            guard count > 0 || errno == EINTR else { return false }
            rest = UnsafeRawBufferPointer(rebasing: rest[max(0, count)...])
        }
        return true
    }
}
