import FloydModel
import FloydTree

/// Puts the bytes of a tree's files, as they come one after another, where they belong: those files of the manifest that are needed, in its order.
struct TreeReceiver: ~Copyable {
    let progress: TransferProgress
    /// The file that is being received.
    private(set) var entry: ManifestEntry?

    private var target: TargetFolder
    private var cursor: ManifestCursor
    private let needed: LineSet
    private var line = 0
    private var part: PartFile?
    /// Bytes of the file that haven't come.
    private var left: Int64 = 0
    /// Whether an earlier command left a part of it.
    private var isResumed = false
    private var spoiled: [ManifestEntry] = []

    init(
        target: consuming TargetFolder,
        cursor: consuming ManifestCursor,
        needed: LineSet,
        progress: TransferProgress
    ) {
        self.target = target
        self.cursor = cursor
        self.needed = needed
        self.progress = progress
    }

    /// Begins with the next file, going on with what an earlier command left of it.
    ///
    /// - Returns: how many bytes are there. If those are all, the file is finished, and there is no `entry`.
    mutating func beginFirst() throws(FloydError) -> Int64 {
        guard let next = try nextNeeded() else { throw Self.tooMuch }
        var part = try openPart(of: next)
        try part.resume(limit: next.size)
        let had = part.size
        begin(next, consume part, having: had)
        progress.found(had)
        if left == 0 {
            // If what was left there is of no use, it comes again, at the end.
            try finishFile()
        }
        return had
    }

    /// Begins with a file of which nothing is there.
    mutating func beginAgain(_ entry: ManifestEntry) throws(FloydError) {
        var part = try openPart(of: entry)
        try part.restart()
        begin(entry, consume part, having: 0)
    }

    private mutating func openPart(of entry: ManifestEntry) throws(FloydError) -> PartFile {
        guard let hash = entry.hash else {
            throw FloydError(.protocolViolation, "the server has no hash for \(TreePath.quoted(entry.path))")
        }
        return try target.openPart(of: entry.path, mark: hash.mark, executable: entry.executable, hash.algorithm)
    }

    private mutating func begin(_ entry: ManifestEntry, _ part: consuming PartFile, having had: Int64) {
        self.entry = entry
        self.part = consume part
        left = entry.size - had
        isResumed = had > 0
    }

    mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(FloydError) {
        var rest = bytes
        while !rest.isEmpty {
            if part == nil {
                guard let next = try nextNeeded() else { throw Self.tooMuch }
                try beginAgain(next)
            }
            let count = Int(min(Int64(rest.count), left))
            try part?.append(UnsafeRawBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            left -= Int64(count)
            progress.received(Int64(count))
            if left == 0 { try finishFile() }
        }
    }

    /// Says that what was asked for has come.
    mutating func endRun() throws(FloydError) {
        guard part == nil else {
            throw FloydError(.protocolViolation, "the server sent less than it has")
        }
    }

    /// The files of which an earlier command left something else than their beginnings.
    mutating func takeSpoiled() -> [ManifestEntry] {
        defer { spoiled = [] }
        return spoiled
    }

    private static var tooMuch: FloydError {
        FloydError(.protocolViolation, "the server sent more than was asked for")
    }

    private mutating func finishFile() throws(FloydError) {
        guard let entry, var part = part.take() else { return }
        self.entry = nil
        guard part.hash() == entry.hash else {
            try target.remove(part, of: entry.path)
            guard isResumed else {
                throw FloydError(
                    .contentMismatch,
                    "\(TreePath.quoted(entry.path)) came damaged",
                    hint: "Try again. If it stays so, it is damaged on the server."
                )
            }
            spoiled.append(entry)
            progress.received(-entry.size)
            return
        }
        try target.finish(part, as: entry.path)
        progress.finishedFile()
    }

    private mutating func nextNeeded() throws(FloydError) -> ManifestEntry? {
        while let next = try cursor.next() {
            defer { line += 1 }
            if needed.contains(line), next.kind == .file, next.size > 0 { return next }
        }
        return nil
    }
}
