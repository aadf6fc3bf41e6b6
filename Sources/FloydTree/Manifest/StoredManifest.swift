public import FloydModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Goes through a canonical manifest that lies in a file, line by line, and looks at no more of a line than its path and kind: most are only
/// compared, or copied as they are.
public struct StoredManifest: ~Copyable, Sendable {
    private static let pieceLength = 1 << 17

    private let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: pieceLength)
    /// What of the buffer is read and not gone through.
    private var rest = 0..<0
    /// Of the current line, its newline included, and of its path in it as it stands there.
    private var line = 0..<0
    private var pathRange = 0..<0
    /// The path where that is not the same as what stands there.
    private var unescaped: [UInt8]?
    /// Of the current entry.
    public private(set) var kind = ManifestEntry.Kind.file
    /// False before the first line and behind the last one.
    public var isAtLine: Bool { !line.isEmpty }

    /// Takes over `descriptor`, and reads from where it stands.
    public init(owning descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Goes to the next line, if there is one.
    ///
    /// - Throws: `FloydError` with `internalError` where the file can't be read or isn't a canonical manifest.
    public mutating func advance() throws(FloydError) {
        line = 0..<0
        while true {
            let found = buffer.withUnsafeBytes { bytes -> Int? in
                guard let base = bytes.baseAddress, !rest.isEmpty else { return nil }
                return memchr(base + rest.lowerBound, 0x0A, rest.count).map { UnsafeRawPointer($0) - base }
            }
            if let found {
                line = rest.lowerBound..<(found + 1)
                rest = (found + 1)..<rest.upperBound
                return try parse()
            }
            guard try fill() else {
                guard rest.isEmpty else { throw Self.isNone }
                return
            }
        }
    }

    /// Reads on behind what is left. False at the end.
    private mutating func fill() throws(FloydError) -> Bool {
        if rest.lowerBound > 0 {
            let left = rest.count
            buffer.withUnsafeMutableBytes { bytes in
                guard let base = bytes.baseAddress, left > 0 else { return }
                memmove(base, base + rest.lowerBound, left)
            }
            rest = 0..<left
        }
        if rest.count == buffer.count { buffer += [UInt8](repeating: 0, count: buffer.count) }
        while true {
            let start = rest.upperBound
            let count = buffer.withUnsafeMutableBytes { bytes in
                read(descriptor, bytes.baseAddress.map { $0 + start }, bytes.count - start)
            }
            if count >= 0 {
                rest = rest.lowerBound..<(start + count)
                return count > 0
            }
            guard errno == EINTR else {
                throw FloydError(.internalError, "a manifest can't be read: \(String(cString: strerror(errno)))")
            }
        }
    }

    private static let start = Array("{\"path\":\"".utf8)
    private static let middle = Array("\",\"type\":\"".utf8)

    private mutating func parse() throws(FloydError) {
        let (range, isEscaped) = buffer.withUnsafeBytes { bytes -> (Range<Int>?, Bool) in
            let line = UnsafeRawBufferPointer(rebasing: bytes[self.line])
            guard line.count > Self.start.count, line.starts(with: Self.start), let base = line.baseAddress,
                let quote = memchr(base + Self.start.count, 0x22, line.count - Self.start.count)
            else { return (nil, false) }
            let path = Self.start.count..<(UnsafeRawPointer(quote) - base)
            return (path, memchr(base + path.lowerBound, 0x5C, path.count) != nil)
        }
        guard let range else { throw Self.isNone }
        if isEscaped {
            let entry = try entry()
            unescaped = Array(entry.path.utf8)
            kind = entry.kind
            return
        }
        unescaped = nil
        pathRange = (line.lowerBound + range.lowerBound)..<(line.lowerBound + range.upperBound)
        let type = pathRange.upperBound + Self.middle.count
        guard type < line.upperBound, buffer[pathRange.upperBound..<type].elementsEqual(Self.middle) else {
            throw Self.isNone
        }
        switch buffer[type] {
        case UInt8(ascii: "f"): kind = .file
        case UInt8(ascii: "d"): kind = .dir
        case UInt8(ascii: "l"): kind = .link
        default: throw Self.isNone
        }
    }

    private static var isNone: FloydError {
        FloydError(.internalError, "a stored manifest has a line that is none")
    }

    /// The current line with its newline.
    public func withLine<Value, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try buffer.withUnsafeBufferPointer { buffer throws(Failure) in
            try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[line]))
        }
    }

    /// The current path.
    public func withPath<Value, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        if let unescaped {
            return try unescaped.withUnsafeBufferPointer { path throws(Failure) in
                try body(UnsafeRawBufferPointer(path))
            }
        }
        return try buffer.withUnsafeBufferPointer { buffer throws(Failure) in
            try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[pathRange]))
        }
    }

    /// Below 0 where the current path sorts before `path`, 0 where it is the same.
    public func compare(with path: String) -> Int {
        var path = path
        return path.withUTF8 { other in
            withPath { own in
                let common = min(own.count, other.count)
                guard let one = own.baseAddress, let two = other.baseAddress else { return own.count - other.count }
                let order = memcmp(one, two, common)
                return order == 0 ? own.count - other.count : Int(order)
            }
        }
    }

    /// The current entry.
    public func entry() throws(FloydError) -> ManifestEntry {
        try withLine { line throws(FloydError) in
            do throws(FloydError) {
                return try ManifestCoding.entry(line: line)
            } catch {
                throw Self.isNone
            }
        }
    }
}
