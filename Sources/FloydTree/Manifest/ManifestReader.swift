public import FloydModel

/// Reads a manifest as its bytes arrive, and gives out entries that are safe to act upon: well formed, paths inside the
/// tree, strictly in byte order (so none twice), nothing below a file or a link, links that lead nowhere out of it.
///
/// Folders need no entry of their own unless they are empty. Holds one line and one path, whatever the manifest's length.
/// Every error names the line (from 1).
public struct ManifestReader: Sendable {
    /// What is accepted at most.
    public struct Limits: Sendable, Hashable {
        /// Bytes of a manifest that a client tells, all of it or what is different: a million entries take about 150 MB.
        public static let bytes: Int64 = 1 << 30

        /// Number of lines.
        public var entries: Int
        /// Bytes of a line, newline not counted.
        public var lineLength: Int

        public init(entries: Int = 10_000_000, lineLength: Int = 65_536) {
            self.entries = entries
            self.lineLength = lineLength
        }
    }

    /// Entries given out so far; during a call of the body, the 0-based number of its line.
    public var count: Int { lines.count }
    public var limits: Limits { lines.limits }
    private var lines: ManifestLines
    private var check = ManifestCheck()

    public init(limits: Limits = Limits()) {
        lines = ManifestLines(limits: limits)
    }

    /// Takes the next bytes and calls `body` for each entry they complete, with its 0-based line number.
    ///
    /// - Throws: `FloydError` with `invalidRequest`, `invalidPath` or `tooLarge`, or what `body` throws. The reader is of no use after.
    public mutating func feed(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (ManifestEntry, Int) throws(FloydError) -> Void
    ) throws(FloydError) {
        var check = check
        try lines.feed(bytes) { line, number throws(FloydError) in
            try body(Self.entry(line, number, &check), number)
        }
        self.check = check
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
        var check = check
        try lines.finish { line, number throws(FloydError) in
            try body(Self.entry(line, number, &check), number)
        }
    }

    private static func entry(
        _ line: UnsafeRawBufferPointer,
        _ number: Int,
        _ check: inout ManifestCheck
    ) throws(FloydError) -> ManifestEntry {
        do throws(FloydError) {
            let entry = try ManifestCoding.entry(line: line)
            try check.accept(entry)
            return entry
        } catch {
            throw ManifestLines.flaw(error, line: number)
        }
    }
}

/// What an entry must be, alone and together with those before it, to be acted upon.
struct ManifestCheck: Sendable {
    private var bytesOfFiles: Int64 = 0
    private var order = ManifestOrder()

    mutating func accept(_ entry: ManifestEntry) throws(FloydError) {
        try Self.accept(alone: entry)
        let (sum, isOver) = bytesOfFiles.addingReportingOverflow(entry.size)
        guard !isOver else { throw Self.tooManyBytes }
        bytesOfFiles = sum
        try order.accept(entry.path, entry.kind)
    }

    static func accept(alone entry: ManifestEntry) throws(FloydError) {
        try TreePath.check(entry.path)
        if let target = entry.target { try TreePath.check(target: target, ofLinkAt: entry.path) }
        if entry.kind == .file, entry.size == 0, let hash = entry.hash, hash != .ofNothing(hash.algorithm) {
            throw FloydError(
                .contentMismatch,
                "\(TreePath.quoted(entry.path)) is empty, but its \(hash.algorithm) is not that of nothing"
            )
        }
    }

    static var tooManyBytes: FloydError {
        FloydError(.tooLarge, "the sizes of all files add up to more than 8 EiB")
    }
}
