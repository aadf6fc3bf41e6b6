internal import FloydOS
internal import Glibc

/// Writes the index of a log while that grows. The file is made with its first entry, so a short log has none.
///
/// What can't be written ends the index for good: a hole in the middle would mislead, a short index only costs its readers time.
public final class LogIndexWriter {
    private let path: String
    private var raw: Int32 = -1
    private var isOver = false

    public init(path: String) {
        self.path = path
    }

    deinit {
        if raw >= 0 { close(raw) }
    }

    /// Appends the entries. The bytes of the log that they speak of are written already.
    public func append(_ entries: [LogIndexEntry]) {
        guard !isOver, !entries.isEmpty else { return }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(entries.count * LogIndexEntry.size)
        for entry in entries { entry.encode(to: &bytes) }
        do {
            if raw < 0 {
                raw = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW).release()
            }
            guard Glibc.write(raw, bytes, bytes.count) == bytes.count else { return end() }
        } catch {
            end()
        }
    }

    /// Nothing is appended any more.
    public func end() {
        isOver = true
    }
}
