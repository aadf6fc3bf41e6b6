import FloydModel
import FloydOS
import FloydTree
import Glibc

/// Finds which files of a manifest are to be sent.
///
/// To see which contents stand there twice, the files are looked at in as many passes as it takes for each to hold few enough of them;
/// of all files together there is one bit in memory.
struct MissingPlan {
    private let store: BlobStore
    private let paths: UploadPaths
    /// Records of the index.
    private let count: Int
    /// A bit for each: whether it is to be sent.
    private var missing: [UInt64]

    /// Contents that one pass may hold on average: about 6 MB.
    static let filesPerPass = 131_072
    /// Contents that are asked about at once.
    private static let batchSize = 1_000

    private let filesPerPass: Int

    init(store: BlobStore, paths: UploadPaths, count: Int, filesPerPass: Int = Self.filesPerPass) {
        self.store = store
        self.paths = paths
        self.count = count
        self.filesPerPass = filesPerPass
        missing = [UInt64](repeating: 0, count: (count + 63) / 64)
    }

    mutating func findMissing(isReachable: ([ContentID]) throws -> [Bool]) throws {
        let passes = max(1, (count + filesPerPass - 1) / filesPerPass)
        let contents = try storing { () throws(SystemError) in
            try FileDescriptor.open(store.layout.contents, O_RDONLY | O_DIRECTORY)
        }
        for pass in 0..<passes { try look(pass: pass, of: passes, in: contents, isReachable) }
    }

    private mutating func look(
        pass: Int,
        of passes: Int,
        in contents: borrowing FileDescriptor,
        _ isReachable: ([ContentID]) throws -> [Bool]
    ) throws {
        var seen: Set<ContentID.Short> = []
        var batch: [(number: Int, id: ContentID, length: Int64)] = []
        var number = 0
        var reader = try storing { () throws(SystemError) in
            try FixedReader(path: paths.index, size: FileRecord.size)
        }
        while let record = try storing({ () throws(SystemError) in try reader.read(FileRecord.init) }) {
            defer { number += 1 }
            guard let id = record.content else {
                mark(number)
                continue
            }
            // Swift seeds its hashing anew in every process, so no manifest can be made to fall into one pass.
            if passes > 1, UInt(bitPattern: id.hashValue) % UInt(passes) != UInt(pass) { continue }
            guard seen.insert(id.short).inserted else { continue }
            batch.append((number, id, record.length))
            if batch.count == Self.batchSize {
                try ask(about: batch, in: contents, isReachable)
                batch.removeAll(keepingCapacity: true)
            }
        }
        try ask(about: batch, in: contents, isReachable)
    }

    private mutating func ask(
        about batch: [(number: Int, id: ContentID, length: Int64)],
        in contents: borrowing FileDescriptor,
        _ isReachable: ([ContentID]) throws -> [Bool]
    ) throws {
        guard !batch.isEmpty else { return }
        let answers = try isReachable(batch.map(\.id))
        guard answers.count == batch.count else {
            throw FloydError(.internalError, "\(answers.count) answers came to \(batch.count) contents")
        }
        for (item, isReachable) in zip(batch, answers) {
            // A size that doesn't fit is a lie of the manifest: it must not become part of a tree, and receiving finds it out.
            let isThere = isReachable ? try size(of: item.id, in: contents) == item.length : false
            if !isThere { mark(item.number) }
        }
    }

    private func size(of id: ContentID, in contents: borrowing FileDescriptor) throws(FloydError) -> Int64? {
        let folder = contents.raw
        return try storing { () throws(SystemError) in try FileStatus.of(id.relativePath, in: folder)?.size }
    }

    private mutating func mark(_ number: Int) {
        missing[number / 64] |= 1 << UInt64(number % 64)
    }

    /// Writes the plan and the client's list.
    func write() throws(FloydError) -> (missing: Int, length: Int64) {
        try storing { () throws(SystemError) in
            var reader = try FixedReader(path: paths.index, size: FileRecord.size)
            var plan = try BufferedWriter(path: paths.plan)
            var lines = try BufferedWriter(path: paths.missing)
            var number = 0
            var written = 0
            var length: Int64 = 0
            while var record = try reader.read(FileRecord.init) {
                defer { number += 1 }
                guard missing[number / 64] >> UInt64(number % 64) & 1 == 1 else { continue }
                record.start = length
                length += record.length
                written += 1
                try plan.append { record.append(to: &$0) }
                try lines.append { $0.append(contentsOf: "\(record.line)\n".utf8) }
            }
            try plan.finish()
            try lines.finish()
            return (written, length)
        }
    }
}
