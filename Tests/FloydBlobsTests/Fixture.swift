import FloydModel
import FloydTree
import Foundation

@testable import FloydBlobs

/// A store in a folder of its own, removed with it.
final class Fixture {
    let root: String
    private(set) var store: BlobStore
    /// What the user of this fixture may read.
    var reachable: Set<ContentID> = []

    /// - Parameter algorithm: `sha256`: the store is one of those that were made when there was no other.
    init(_ algorithm: HashAlgorithm = .blake3) throws {
        // Every finish and commit syncs; in memory that costs nothing.
        let memory = "/dev/shm/"
        let parent = access(memory, W_OK) == 0 ? memory : NSTemporaryDirectory()
        root = parent + "floyd-blobs-\(UUID().uuidString)"
        if algorithm == .sha256 {
            try FileManager.default.createDirectory(atPath: "\(root)/contents", withIntermediateDirectories: true)
        }
        store = try BlobStore(folder: root)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: root)
    }

    /// As after the end of the process.
    func reopen() throws {
        store = try BlobStore(folder: root)
    }

    /// As after the end of the machine: what was written during this boot counts as written during another.
    func pretendReboot(_ id: ObjectID) throws {
        try Data("another boot".utf8).write(to: URL(fileURLWithPath: "\(root)/uploads/\(id)/boot"))
    }

    func plan(_ entries: [ManifestEntry], id: ObjectID = ObjectID()) throws -> UploadFolder {
        let receiver = try store.beginUpload(id)
        do {
            try receiver.append(entries.flatMap { ManifestCoding.line($0) })
            var folder = try receiver.finish()
            try folder.planMissing { $0.map(reachable.contains) }
            return folder
        } catch {
            try receiver.abandon()
            throw error
        }
    }

    /// Sends everything that is asked for.
    func send(_ files: [TestFile], to folder: UploadFolder, piece: Int = .max) throws {
        let receiver = try folder.receive(at: folder.status().offset)
        var rest = try stream(of: files, for: folder)[...]
        while !rest.isEmpty {
            try receiver.append(Array(rest.prefix(piece)))
            rest = rest.dropFirst(piece)
        }
        try receiver.finish()
    }

    func stream(of files: [TestFile], for folder: UploadFolder) throws -> [UInt8] {
        try missing(in: folder).flatMap { files[$0].bytes }
    }

    func missing(in folder: UploadFolder) throws -> [Int] {
        try String(contentsOfFile: folder.missingPath, encoding: .utf8).split(separator: "\n").compactMap { Int($0) }
    }

    /// Plans, sends and commits, and makes the folder of links.
    func upload(_ files: [TestFile]) throws -> CommittedTree {
        let folder = try plan(files.map(\.entry))
        if folder.totals.length > 0 { try send(files, to: folder) }
        let tree = try folder.commit()
        _ = try store.materialise(tree.digest)
        return tree
    }

    func remember(_ files: [TestFile]) {
        reachable.formUnion(files.compactMap { ContentID(of: $0.entry) })
    }

    /// Every name below the store's folder that isn't one of the folders that are always there.
    func names(in folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: "\(root)/\(folder)").filter { $0.utf8.count > 2 }.sorted()
    }
}

/// A manifest entry with its bytes.
struct TestFile {
    var entry: ManifestEntry
    var bytes: [UInt8] = []

    static func file(_ path: String, _ text: String, executable: Bool = false, hashed: Bool = true) -> TestFile {
        file(path, Array(text.utf8), executable: executable, hashed: hashed)
    }

    static func file(
        _ path: String,
        _ bytes: [UInt8],
        executable: Bool = false,
        hashed: Bool = true,
        _ algorithm: HashAlgorithm = .blake3
    ) -> TestFile {
        let hash = hashed ? FileHasher.hash(bytes, algorithm) : nil
        return TestFile(
            entry: .init(path: path, kind: .file, executable: executable, size: Int64(bytes.count), hash: hash),
            bytes: bytes
        )
    }

    static func folder(_ path: String) -> TestFile { TestFile(entry: .init(path: path, kind: .dir)) }
    static func link(_ path: String, _ target: String) -> TestFile {
        TestFile(entry: .init(path: path, kind: .link, target: target))
    }
}
