import FloydModel
import FloydOS
import FloydTree
import Foundation
import Testing

@testable import FloydBlobs

@Suite("How a store's contents are hashed")
struct StoreHashTests {
    private func files(_ algorithm: HashAlgorithm, hashed: Bool) -> [TestFile] {
        let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let small = Array("small".utf8)
        return [
            .file("empty", [], hashed: hashed, algorithm), .file("large", large, hashed: hashed, algorithm),
            .file("small", small, hashed: hashed, algorithm),
            .file("twice", small, hashed: hashed, algorithm),
        ]
    }

    @Test(arguments: HashAlgorithm.allCases, [true, false])
    func anUploadIsNamedByTheStoresHash(_ algorithm: HashAlgorithm, hashed: Bool) throws {
        let fixture = try Fixture(algorithm)
        #expect(fixture.store.hashAlgorithm == algorithm)
        let files = files(algorithm, hashed: hashed)
        let folder = try fixture.plan(files.map(\.entry))
        try fixture.send(files, to: folder, piece: 100_000)
        if !hashed {
            let hashes = try folder.receiveHashes()
            let lines = files.map { "\(Hex.string(FileHasher.hash($0.bytes, algorithm).bytes))\n" }.joined()
            try hashes.append(Array(lines.utf8))
            try hashes.finish()
        }
        let tree = try folder.commit()
        var entries: [ManifestEntry] = []
        try fixture.store.forEachEntry(of: tree.digest) { entries.append($0) }
        #expect(entries == self.files(algorithm, hashed: true).map(\.entry))
        for id in entries.compactMap({ ContentID(of: $0) }) {
            #expect(fixture.store.flaw(of: id, size: nil) { _ in } == nil)
        }
        // From one start to the next it stays what it is.
        try fixture.reopen()
        #expect(fixture.store.hashAlgorithm == algorithm)
        #expect(try BlobStore(attaching: fixture.root).hashAlgorithm == algorithm)
    }

    @Test(arguments: HashAlgorithm.allCases)
    func whatIsTakenInHereIsNamedByIt(_ algorithm: HashAlgorithm) throws {
        let fixture = try Fixture(algorithm)
        var intake = try TreeIntake(store: fixture.store, id: ObjectID())
        let source = "\(fixture.root)/source"
        try Data("text".utf8).write(to: URL(fileURLWithPath: source))
        try intake.addFile("a", executable: false, copying: FileDescriptor.open(source, O_RDONLY))
        try intake.addFile("b", executable: true, linking: FileDescriptor.open(source, O_RDONLY))
        let tree = try intake.commit(materialising: true)
        var hashes: [ContentHash?] = []
        try fixture.store.forEachEntry(of: tree.digest) { hashes.append($0.hash) }
        #expect(hashes == Array(repeating: FileHasher.hash(Array("text".utf8), algorithm), count: 2))
        #expect(TreeCheck(fixture.store, digest: tree.digest).manifestFlaw() == nil)
        #expect(try TreeCheck(fixture.store, digest: tree.digest).folderFlaws() == [])
    }

    @Test(arguments: HashAlgorithm.allCases)
    func manifestsWithAnotherAreRefused(_ algorithm: HashAlgorithm) throws {
        let fixture = try Fixture(algorithm)
        let other: HashAlgorithm = algorithm == .blake3 ? .sha256 : .blake3
        let error = #expect(throws: FloydError.self) {
            try fixture.plan([TestFile.file("a", [1], other).entry])
        }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message == "this server names contents by their \(algorithm), not \(other)")
        #expect(try fixture.names(in: "uploads") == [])
    }

    @Test func aStoreOfANewerReleaseIsLeftAlone() throws {
        let fixture = try Fixture()
        try Data("blake4\n".utf8).write(to: URL(fileURLWithPath: "\(fixture.root)/hash"))
        for open in [{ try BlobStore(folder: fixture.root) }, { try BlobStore(attaching: fixture.root) }] {
            let error = #expect(throws: FloydError.self) { _ = try open() }
            #expect(error?.hint?.contains("newer release") == true)
        }
    }

    /// The choice is on the disk before there is anything that looks like an older store.
    @Test func aStoreThatWasJustBegunIsNew() throws {
        let root = "\(NSTemporaryDirectory())floyd-hash-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        #expect(try StoreHash.read(StoreLayout(root: root)) == nil)
        #expect(try BlobStore(folder: root).hashAlgorithm == .blake3)
        #expect(try String(contentsOfFile: "\(root)/hash", encoding: .utf8) == "blake3\n")
    }
}
