public import FloydModel

/// Makes a tree's manifest of another's and of what is different in it, line by line: holds one piece of the one and one change of the other.
///
/// The lines that stay are copied as they are: they were checked when they came. What comes is checked as `ManifestReader` does it, and so is what all of
/// them are together.
public struct ManifestMerge: ~Copyable, Sendable {
    private var base: StoredManifest
    private var changes: ManifestLines
    private var order = ManifestOrder()
    private var lastChange: String?
    private let limits: ManifestReader.Limits
    /// Lines of the result so far.
    public private(set) var count = 0

    /// What becomes of one line.
    public enum Step {
        /// The base's line, newline included, stays. It is good for the time of the call.
        case keep(UnsafeRawBufferPointer)
        /// The base's entry goes, perhaps because another one comes in its place.
        case drop(ManifestEntry)
        /// An entry comes, as the line of this number (from 0).
        case add(ManifestEntry, line: Int)
    }

    /// - Parameter base: a canonical manifest, before its first line.
    /// - Throws: `FloydError` with `baseMismatch` where it is none, or can't be read.
    public init(_ base: consuming StoredManifest, limits: ManifestReader.Limits = .init()) throws(FloydError) {
        self.base = base
        self.limits = limits
        changes = ManifestLines(limits: limits)
        try advance()
    }

    /// Takes the next bytes of the changes, which come in the order of their paths.
    ///
    /// - Throws: `FloydError` as `ManifestReader.feed` does; `baseMismatch` where something is to go that isn't there, or the base can't be read; or
    ///   what `body` throws. The merge is of no use after.
    public mutating func feed(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (Step) throws(FloydError) -> Void
    ) throws(FloydError) {
        var lines = changes
        try lines.feed(bytes) { line, number throws(FloydError) in try apply(line, number, body) }
        changes = lines
    }

    /// Says that there are no more changes. A last line may lack its newline.
    public mutating func finish(_ body: (Step) throws(FloydError) -> Void) throws(FloydError) {
        var lines = changes
        try lines.finish { line, number throws(FloydError) in try apply(line, number, body) }
        while base.isAtLine { try keep(body) }
    }

    private mutating func apply(
        _ line: UnsafeRawBufferPointer,
        _ number: Int,
        _ body: (Step) throws(FloydError) -> Void
    ) throws(FloydError) {
        do throws(FloydError) {
            let change = try ManifestCoding.change(line: line)
            if let lastChange, !lastChange.utf8.lexicographicallyPrecedes(change.path.utf8) {
                throw FloydError(.invalidRequest, "\(TreePath.quoted(change.path)) is not in order")
            }
            lastChange = change.path
            if case .put(let entry) = change { try check(entry) }
            try apply(change, body)
        } catch {
            throw ManifestLines.flaw(error, line: number)
        }
    }

    private func check(_ entry: ManifestEntry) throws(FloydError) {
        try ManifestCheck.accept(alone: entry)
        guard entry.kind != .file || entry.hash != nil else {
            throw FloydError(
                .invalidRequest,
                "\(TreePath.quoted(entry.path)) has no hash",
                hint: "Hashes may be absent from whole manifests alone."
            )
        }
    }

    private mutating func apply(
        _ change: ManifestChange,
        _ body: (Step) throws(FloydError) -> Void
    ) throws(FloydError) {
        var isThere = false
        while base.isAtLine {
            let place = base.compare(with: change.path)
            if place < 0 {
                try keep(body)
                continue
            }
            if place == 0 {
                isThere = true
                try body(.drop(currentEntry()))
                try advance()
            }
            break
        }
        switch change {
        case .remove(let path):
            guard isThere else {
                throw FloydError(.baseMismatch, "\(TreePath.quoted(path)) is not in the base and can't be removed")
            }
        case .put(let entry):
            try order.accept(entry.path, entry.kind)
            try countLine()
            try body(.add(entry, line: count - 1))
        }
    }

    private mutating func keep(_ body: (Step) throws(FloydError) -> Void) throws(FloydError) {
        let kind = base.kind
        // Taken out and put back: of a copy every line would copy all that it holds.
        var order = ManifestOrder()
        swap(&order, &self.order)
        try base.withPath { path throws(FloydError) in try order.accept(path, kind) }
        swap(&order, &self.order)
        try countLine()
        try base.withLine { line throws(FloydError) in try body(.keep(line)) }
        try advance()
    }

    private mutating func advance() throws(FloydError) {
        do throws(FloydError) {
            try base.advance()
        } catch {
            throw Self.mismatch(error)
        }
    }

    /// The base's.
    private func currentEntry() throws(FloydError) -> ManifestEntry {
        do throws(FloydError) {
            return try base.entry()
        } catch {
            throw Self.mismatch(error)
        }
    }

    /// A base that is damaged is as none: the whole manifest does without it.
    private static func mismatch(_ error: FloydError) -> FloydError {
        FloydError(.baseMismatch, "the base is of no use: \(error.message)", hint: "Send the whole manifest.")
    }

    private mutating func countLine() throws(FloydError) {
        guard count < limits.entries else { throw limits.tooManyEntries }
        count += 1
    }
}
