import FloydAPI
import FloydCore
import FloydModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The end of a job's log, as a page shows it.
struct LogExcerpt: Sendable {
    var text = LogText()
    /// The byte offset behind the last record shown, where a follower goes on.
    var offset: Int64 = 0
    /// Whether there is more in front of it.
    var isCut = false

    /// Reads the last `limit` bytes of the log, from the beginning of a record on.
    static func read(of job: Reference, limit: Int64, from logs: any LogServing, as account: Account) async throws
        -> LogExcerpt
    {
        var excerpt = LogExcerpt()
        guard let path = try await logs.file(of: job, as: account) else { return excerpt }
        let file = try await FileResponse.open(path)
        defer { close(file.descriptor) }
        excerpt.offset = start(in: file.descriptor, size: file.size, limit: limit)
        excerpt.isCut = excerpt.offset > 0
        let reader = try await logs.follow(job, from: excerpt.offset, as: account)
        while true {
            let events = try await reader.next(follow: false)
            if events.isEmpty { return excerpt }
            for event in events {
                switch event {
                case .job: break
                case .end: return excerpt
                case .log(let records, let offset):
                    for record in records { excerpt.text.append(record) }
                    excerpt.offset = offset
                }
            }
        }
    }

    /// Where the first record begins that lies in the last `limit` bytes; records end with a newline, and hold none.
    static func start(in descriptor: Int32, size: Int64, limit: Int64) -> Int64 {
        guard size > limit else { return 0 }
        // The byte in front belongs to the search: a newline there says that a record begins right at the limit.
        var position = size - limit - 1
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while position < size {
            let count = buffer.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, off_t(position)) }
            guard count > 0 else { return size }
            if let newline = buffer[..<count].firstIndex(of: UInt8(ascii: "\n")) {
                return position + Int64(newline) + 1
            }
            position += Int64(count)
        }
        return size
    }
}
