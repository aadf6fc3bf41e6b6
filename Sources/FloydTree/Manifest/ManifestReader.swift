public import FloydModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads a manifest as its bytes arrive, and gives out entries that are safe to act upon: well formed, paths inside the
/// tree, strictly in byte order (so none twice), nothing below a file or a link, links that lead nowhere out of it.
///
/// Folders need no entry of their own unless they are empty. Holds one line and one path, whatever the manifest's length.
/// Every error names the line (from 1).
public struct ManifestReader: Sendable {
    /// What is accepted at most.
    public struct Limits: Sendable, Hashable {
        /// Number of lines.
        public var entries: Int
        /// Bytes of a line, newline not counted.
        public var lineLength: Int

        public init(entries: Int = 10_000_000, lineLength: Int = 65_536) {
            self.entries = entries
            self.lineLength = lineLength
        }
    }

    public let limits: Limits
    /// Entries given out so far; during a call of the body, the 0-based number of its line.
    public private(set) var count = 0
    private var bytesOfFiles: Int64 = 0
    private var order = ManifestOrder()
    /// The beginning of a line whose end hasn't come.
    private var pending: [UInt8] = []

    public init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Takes the next bytes and calls `body` for each entry they complete, with its 0-based line number.
    ///
    /// - Throws: `FloydError` with `invalidRequest`, `invalidPath` or `tooLarge`, or what `body` throws. The reader is of no use after.
    public mutating func feed(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (ManifestEntry, Int) throws(FloydError) -> Void
    ) throws(FloydError) {
        var rest = bytes
        while let start = rest.baseAddress, !rest.isEmpty {
            guard let end = memchr(start, 0x0A, rest.count) else {
                try keep(rest)
                return
            }
            let length = UnsafeRawPointer(end) - start
            let piece = UnsafeRawBufferPointer(start: start, count: length)
            rest = UnsafeRawBufferPointer(rebasing: rest[(length + 1)...])
            if pending.isEmpty {
                try take(piece, body)
            } else {
                try keep(piece)
                let line = pending
                pending.removeAll(keepingCapacity: true)
                try line.withUnsafeBufferPointer { line throws(FloydError) in
                    try take(UnsafeRawBufferPointer(line), body)
                }
            }
        }
    }

    /// The same for an array.
    public mutating func feed(
        _ bytes: [UInt8],
        _ body: (ManifestEntry, Int) throws(FloydError) -> Void
    ) throws(FloydError) {
        try bytes.withUnsafeBufferPointer { buffer throws(FloydError) in
            try feed(UnsafeRawBufferPointer(buffer), body)
        }
    }

    /// Says that there are no more bytes. A last line may lack its newline.
    public mutating func finish(_ body: (ManifestEntry, Int) throws(FloydError) -> Void) throws(FloydError) {
        guard !pending.isEmpty else { return }
        try feed([0x0A], body)
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer) throws(FloydError) {
        guard pending.count + bytes.count <= limits.lineLength else { throw tooLong() }
        pending.append(contentsOf: bytes)
    }

    private func tooLong() -> FloydError {
        FloydError(.tooLarge, "line \(count + 1) of the manifest has more than \(limits.lineLength) bytes")
    }

    private mutating func take(
        _ line: UnsafeRawBufferPointer,
        _ body: (ManifestEntry, Int) throws(FloydError) -> Void
    ) throws(FloydError) {
        guard line.count <= limits.lineLength else { throw tooLong() }
        guard count < limits.entries else {
            throw FloydError(.tooLarge, "the manifest has more than \(limits.entries) lines")
        }
        let entry: ManifestEntry
        do {
            entry = try ManifestCoding.entry(line: line)
            try check(entry)
        } catch {
            throw FloydError(error.code, "line \(count + 1) of the manifest: \(error.message)", hint: error.hint)
        }
        try body(entry, count)
        count += 1
    }

    private mutating func check(_ entry: ManifestEntry) throws(FloydError) {
        try TreePath.check(entry.path)
        if let target = entry.target { try TreePath.check(target: target, ofLinkAt: entry.path) }
        if entry.kind == .file, entry.size == 0, let hash = entry.sha256, hash != FileHasher.ofNothing {
            throw FloydError(
                .contentMismatch,
                "\(TreePath.quoted(entry.path)) is empty, but its sha256 is not that of nothing"
            )
        }
        let (sum, isOver) = bytesOfFiles.addingReportingOverflow(entry.size)
        guard !isOver else { throw FloydError(.tooLarge, "the sizes of all files add up to more than 8 EiB") }
        bytesOfFiles = sum
        try order.accept(entry.path, entry.kind)
    }
}
