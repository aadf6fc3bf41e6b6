import FloydModel
import FloydTree

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What was found in a folder: the manifest's entries in their order, and beside each file's what the file was then.
///
/// It is kept in a file without a name, not in memory, which so is the same for ten files and for ten million; the end of the process removes it.
final class FolderSurvey {
    /// One line of the manifest.
    struct Item {
        var entry: ManifestEntry
        /// nil for what is no file.
        var stamp: FileStamp?
    }

    /// Files, and their bytes.
    private(set) var files = 0
    private(set) var size: Int64 = 0
    /// Lines.
    private(set) var count = 0
    /// What was left out as the folder's `.floydignore` files say.
    var ignored: [String] = []
    /// By line: how the file can be put together from what the server has of it.
    var compared: [Int: Recipe] = [:]

    /// How files are hashed.
    let algorithm: HashAlgorithm

    private let records: SpoolFile
    private let names: SpoolFile
    /// The lines of files that had no hash when they were found, as numbers of `UnhashedLines.size` bytes.
    private let unhashed: SpoolFile
    /// Of the files that had one: how many, and their bytes.
    private(set) var known: (files: Int, size: Int64) = (0, 0)

    init(_ algorithm: HashAlgorithm) throws(FloydError) {
        self.algorithm = algorithm
        records = try SpoolFile()
        names = try SpoolFile()
        unhashed = try SpoolFile()
    }

    func append(_ entry: ManifestEntry, _ stamp: FileStamp?) throws(FloydError) {
        let record = SurveyRecord(entry, stamp, namesAt: names.count)
        try names.append(Array(entry.path.utf8))
        if let target = entry.target { try names.append(Array(target.utf8)) }
        try records.append(record.bytes)
        defer { count += 1 }
        guard entry.kind == .file else { return }
        files += 1
        size += entry.size
        if entry.hash == nil {
            try unhashed.append(withUnsafeBytes(of: UInt32(count)) { Array($0) })
        } else {
            known = (known.files + 1, known.size + entry.size)
        }
    }

    /// The lines of files that had no hash when they were found, in order.
    func unhashedLines() -> UnhashedLines {
        UnhashedLines(reader: SpoolReader(unhashed, at: 0), left: Int(unhashed.count) / UnhashedLines.size)
    }

    struct UnhashedLines {
        fileprivate static let size = MemoryLayout<UInt32>.size

        fileprivate var reader: SpoolReader
        /// How many are still to come.
        private(set) var left: Int

        fileprivate init(reader: SpoolReader, left: Int) {
            self.reader = reader
            self.left = left
        }

        mutating func next() throws(FloydError) -> Int? {
            guard left > 0 else { return nil }
            left -= 1
            return try Int(reader.next(Self.size).withUnsafeBytes { $0.loadUnaligned(as: UInt32.self) })
        }
    }

    /// Brings the lines from `first` on, in order. What `setHash` says of a line behind the first one may not be seen.
    func reader(from first: Int = 0) throws(FloydError) -> Reader {
        let start = first < count ? try record(first).namesStart : 0
        return Reader(
            records: SpoolReader(records, at: Int64(first) * Int64(SurveyRecord.size)),
            names: SpoolReader(names, at: start),
            lines: first..<max(first, count)
        )
    }

    struct Reader {
        fileprivate var records: SpoolReader
        fileprivate var names: SpoolReader
        fileprivate var lines: Range<Int>

        mutating func next() throws(FloydError) -> (line: Int, item: Item)? {
            guard let line = lines.popFirst() else { return nil }
            let record = try SurveyRecord(records.next(SurveyRecord.size))
            return (line, try Item(record, record.names(names.next(record.namesLength))))
        }
    }

    private func record(_ line: Int) throws(FloydError) -> SurveyRecord {
        try SurveyRecord(records.read(SurveyRecord.size, at: Int64(line) * Int64(SurveyRecord.size)))
    }

    func item(_ line: Int) throws(FloydError) -> Item {
        let record = try record(line)
        return try Item(record, record.names(names.read(record.namesLength, at: record.namesStart)))
    }

    /// The hash of a file, if it is known by now.
    func hash(of line: Int) throws(FloydError) -> ContentHash? {
        try record(line).hash
    }

    func setHash(_ hash: ContentHash, of line: Int) throws(FloydError) {
        let start = Int64(line) * Int64(SurveyRecord.size)
        try records.write(SurveyRecord.hashBytes(hash), at: start + Int64(SurveyRecord.hashOffset))
    }
}

extension FolderSurvey.Item {
    fileprivate init(_ record: SurveyRecord, _ names: (path: String, target: String)) {
        entry = ManifestEntry(
            path: names.path,
            kind: record.kind,
            executable: record.isExecutable,
            size: record.size,
            hash: record.hash,
            target: record.kind == .link ? names.target : nil
        )
        stamp = record.stamp
    }
}
