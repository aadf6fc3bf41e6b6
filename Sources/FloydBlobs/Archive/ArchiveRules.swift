import FloydFrames
import FloydModel
import FloydTree

/// An entry of an archive that may be in a tree.
struct ArchiveEntry: Hashable {
    enum Kind: Hashable {
        case file
        case folder
        case link(target: String)
        /// One more name of the file at `target`.
        case hardLink(target: String)
    }

    var path: String
    var kind: Kind
    var executable = false
    /// Bytes of a file.
    var size: Int64 = 0
}

/// Decides what of an archive may become part of a tree, one entry after the other. What concerns several entries (a name twice, something below a
/// link) shows when they are in order.
struct ArchiveRules {
    private let limits: ArchiveLimits
    /// Bytes of the archive.
    private let archiveSize: Int64
    private var entries = 0
    private var names: Int64 = 0
    private var bytes: Int64 = 0

    init(limits: ArchiveLimits, archiveSize: Int64) {
        self.limits = limits
        self.archiveSize = archiveSize
    }

    /// - Returns: nil for the top folder itself, which every tree has.
    /// - Throws: `FloydError` with `invalidPath`, which names the entry, or `tooLarge`.
    mutating func accept(_ entry: UnpackedEntry) throws(FloydError) -> ArchiveEntry? {
        entries += 1
        guard entries <= limits.entries else { throw Self.tooLarge("it has more than \(limits.entries) entries") }
        names += Int64(entry.path.count + entry.target.count)
        guard names <= limits.names else { throw Self.tooLarge("its names have more than \(limits.names) bytes") }
        let path = try Self.text(entry.path, of: entry)
        let normalised = Self.normalised(path, isFolder: entry.kind == .folder)
        if entry.kind == .folder && normalised.isEmpty { return nil }
        try TreePath.check(normalised)
        switch entry.kind {
        case .file:
            try count(entry.size)
            return ArchiveEntry(path: normalised, kind: .file, executable: entry.mode & 0o100 != 0, size: entry.size)
        case .folder:
            return ArchiveEntry(path: normalised, kind: .folder)
        case .link:
            let target = try Self.text(entry.target, of: entry)
            try TreePath.check(target: target, ofLinkAt: normalised)
            return ArchiveEntry(path: normalised, kind: .link(target: target))
        case .hardLink:
            let target = Self.normalised(try Self.text(entry.target, of: entry), isFolder: false)
            try TreePath.check(target)
            return ArchiveEntry(path: normalised, kind: .hardLink(target: target))
        case .fifo: throw Self.refusal(path, "a FIFO")
        case .socket: throw Self.refusal(path, "a socket")
        case .characterDevice, .blockDevice: throw Self.refusal(path, "a device")
        case .other: throw Self.refusal(path, "neither file, folder nor link")
        }
    }

    /// Counts the bytes of one more file, before any of them is there.
    mutating func count(_ size: Int64) throws(FloydError) {
        let (sum, isOver) = bytes.addingReportingOverflow(size)
        guard !isOver, sum <= limits.bytes else {
            throw Self.tooLarge("its files have more than \(limits.bytes) bytes")
        }
        bytes = sum
        guard bytes <= limits.unjudged || bytes / limits.ratio <= archiveSize else {
            throw Self.tooLarge("its files are more than \(limits.ratio) times larger than itself, like a bomb's")
        }
    }

    /// Archives say `./a` and `a/`, and mean `a`.
    private static func normalised(_ path: String, isFolder: Bool) -> String {
        var bytes = path.utf8[...]
        while bytes.starts(with: "./".utf8) {
            bytes = bytes.dropFirst(2)
            // `.//a` is no more than `./a`, and not absolute.
            bytes = bytes.drop { $0 == UInt8(ascii: "/") }
        }
        if isFolder {
            while bytes.last == UInt8(ascii: "/"), bytes.count > 1 { bytes = bytes.dropLast() }
            if bytes.elementsEqual(".".utf8) { return "" }
        }
        return String(Substring(bytes))
    }

    private static func text(_ bytes: [UInt8], of entry: UnpackedEntry) throws(FloydError) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        let path = TreePath.quoted(String(decoding: entry.path, as: UTF8.self))
        throw FloydError(
            .invalidPath,
            "\(path) can't be in a tree: its name is not UTF-8",
            hint: "Rename it, or make the archive with names in UTF-8."
        )
    }

    private static func refusal(_ path: String, _ what: String) -> FloydError {
        FloydError(
            .invalidPath,
            "\(TreePath.quoted(path)) can't be in a tree: it is \(what)",
            hint: "Make the archive without it."
        )
    }

    private static func tooLarge(_ reason: String) -> FloydError {
        FloydError(
            .tooLarge,
            "the archive is refused: \(reason)",
            hint: "Upload the folder itself: `floydlite data upload`."
        )
    }
}
