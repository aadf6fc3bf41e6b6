import FloydOS
import Glibc

/// The names of a folder in byte order, each once, in little more memory than their bytes. A job may have made any number of them, and may
/// rename them while they are read.
struct NameList: Sendable {
    private var bytes: [UInt8] = []
    private var starts: [UInt32] = []
    private var next = 0

    /// Bytes that it takes.
    var weight: Int { bytes.count + 4 * starts.count }

    /// - Parameter limit: what it may weigh.
    /// - Throws: `EFBIG` beyond the limit.
    init(of folder: borrowing FileDescriptor, limit: Int) throws(SystemError) {
        let raw = try folder.open(".", O_RDONLY | O_DIRECTORY).release()
        guard let stream = fdopendir(raw) else {
            let error = SystemError("opendir")
            close(raw)
            throw error
        }
        defer { closedir(stream) }
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw SystemError("readdir") }
                break
            }
            append(entry)
            if weight > limit { throw SystemError("readdir", code: EFBIG) }
        }
        sort()
    }

    /// The names with a NUL behind each.
    private mutating func append(_ entry: UnsafeMutablePointer<dirent>) {
        withUnsafePointer(to: &entry.pointee.d_name) { field in
            let start = UnsafeRawPointer(field)
            let length = strlen(start.assumingMemoryBound(to: CChar.self))
            let name = UnsafeRawBufferPointer(start: start, count: length)
            guard !name.elementsEqual([0x2E]), !name.elementsEqual([0x2E, 0x2E]) else { return }
            starts.append(UInt32(bytes.count))
            bytes.append(contentsOf: name)
            bytes.append(0)
        }
    }

    private mutating func sort() {
        bytes.withUnsafeBytes { bytes in
            guard let start = bytes.assumingMemoryBound(to: CChar.self).baseAddress else { return }
            // strcmp(3) compares as unsigned bytes.
            starts.sort { strcmp(start + Int($0), start + Int($1)) < 0 }
        }
    }

    /// The next name, or nil at the end.
    mutating func popFirst() -> [UInt8]? {
        while next < starts.count {
            let name = self[next]
            next += 1
            // A name that was renamed away and back while it was read may come twice.
            if next == 1 || name != self[next - 2] { return name }
        }
        return nil
    }

    private subscript(index: Int) -> [UInt8] {
        Array(bytes[Int(starts[index])...].prefix { $0 != 0 })
    }
}
