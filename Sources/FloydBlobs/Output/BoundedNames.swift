import FloydOS
import Glibc

/// The names of a folder that may have any number of them.
enum BoundedNames {
    /// Names that are looked at; a job may have made more than anybody can wait for.
    private static let maximumScan = 2_000_000

    /// The `limit` names that come first in byte order, sorted, and whether there were more. Holds twice as many at most.
    ///
    /// - Parameter last: only names behind this one.
    static func smallest(
        _ limit: Int,
        in folder: borrowing FileDescriptor,
        behind last: [UInt8]? = nil
    ) throws(SystemError) -> (names: [[UInt8]], isCut: Bool) {
        let raw = try folder.open(".", O_RDONLY | O_DIRECTORY).release()
        guard let stream = fdopendir(raw) else {
            let error = SystemError("opendir")
            close(raw)
            throw error
        }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        var isCut = false
        var scanned = 0
        while scanned < maximumScan, let name = try next(of: stream) {
            scanned += 1
            if let last, !last.lexicographicallyPrecedes(name) { continue }
            names.append(name)
            if names.count > 2 * limit {
                cut(&names, to: limit)
                isCut = true
            }
        }
        if names.count > limit || scanned == maximumScan { isCut = true }
        cut(&names, to: limit)
        return (names, isCut)
    }

    private static func cut(_ names: inout [[UInt8]], to limit: Int) {
        names.sort { $0.lexicographicallyPrecedes($1) }
        if names.count > limit { names.removeLast(names.count - limit) }
    }

    private static func next(of stream: OpaquePointer) throws(SystemError) -> [UInt8]? {
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw SystemError("readdir") }
                return nil
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                let start = UnsafeRawPointer(field)
                let length = strlen(start.assumingMemoryBound(to: CChar.self))
                return [UInt8](UnsafeRawBufferPointer(start: start, count: length))
            }
            if name != [0x2E], name != [0x2E, 0x2E] { return name }
        }
    }
}
