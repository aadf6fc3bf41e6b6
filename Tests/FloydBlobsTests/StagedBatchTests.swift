import FloydModel
import FloydOS
import FloydTree
import Foundation
import Testing

@testable import FloydBlobs

struct StagedBatchTests {
    static let files: [TestFile] = (0..<40).map {
        .file("f\(10 + $0)", String(repeating: "\($0) ", count: 1 + $0), hashed: false)
    }

    @Test func filesThatComeInOnePieceOrInMany() throws {
        for piece in [Int.max, 700, 64, 1] {
            let fixture = try Fixture()
            let folder = try fixture.plan(Self.files.map(\.entry))
            try fixture.send(Self.files, to: folder, piece: piece)
            try Self.check(folder, fixture)
        }
    }

    /// Of a batch whose hashes were not noted there are files, whole and read-only or not, also of those that come later.
    @Test func whatACrashLeftIsWrittenAgain() throws {
        let fixture = try Fixture()
        let id = ObjectID()
        let folder = try fixture.plan(Self.files.map(\.entry), id: id)
        let first = Self.files[..<5].reduce(0) { $0 + $1.bytes.count }
        do {
            let receiver = try folder.receive(at: 0)
            try receiver.append(Array(fixture.stream(of: Self.files, for: folder)[..<first]))
        }
        for number in [6, 7, 20] {
            let path = folder.paths.stagedFile(number)
            try Data("left".utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path)
        }
        try fixture.reopen()
        let again = try fixture.store.upload(id)
        #expect(try again.status().offset == Int64(first))
        let receiver = try again.receive(at: Int64(first))
        // One of them comes in two pieces.
        let rest = Array(try fixture.stream(of: Self.files, for: folder)[first...])
        let cut = Self.files[5].bytes.count + Self.files[6].bytes.count + 1
        try receiver.append(Array(rest[..<cut]))
        try receiver.append(Array(rest[cut...]))
        try receiver.finish()
        try Self.check(again, fixture)
    }

    @Test(arguments: [3, 30], [0, 1, 2, 20, 29])
    func whatCameBeforeTheFirstFailureCounts(count: Int, failing: Int) throws {
        guard failing < count else { return }
        let fixture = try Fixture()
        let bytes = Array("content".utf8)
        let outcome = bytes.withUnsafeBytes { bytes in
            var batch = StagedBatch(.blake3)
            for number in 0..<count {
                let record = FileRecord(
                    start: 0,
                    length: Int64(bytes.count),
                    lineStart: 0,
                    line: number,
                    content: nil,
                    executable: number == 0
                )
                #expect(StagedBatch.takes(record, of: bytes.count) && !StagedBatch.takes(record, of: bytes.count - 1))
                batch.add(record, at: "\(fixture.root)/\(number == failing ? "absent/x" : "\(number)")", bytes)
            }
            return batch.write()
        }
        #expect(outcome.error?.code == ENOENT)
        #expect(outcome.hashes == Array(repeating: FileHasher.hash(bytes, .blake3).bytes, count: failing))
        if failing > 0 { #expect(try FileStatus.of("\(fixture.root)/0")?.mode == 0o555) }
    }

    @Test func aWrongHashInTheMiddleIsNamed() throws {
        let fixture = try Fixture()
        var entries = Self.files.map(\.entry)
        for index in entries.indices { entries[index].hash = FileHasher.hash(Self.files[index].bytes, .blake3) }
        entries[17].hash = FileHasher.hash([1, 2, 3], .blake3)
        let folder = try fixture.plan(entries)
        let error = #expect(throws: FloydError.self) { try fixture.send(Self.files, to: folder) }
        #expect(error?.code == .contentMismatch)
        #expect(error?.message.contains("f27") == true)
        #expect(try FileStatus.of(folder.paths.hashes)?.size == Int64(17 * FileHasher.length))
    }

    private static func check(_ folder: UploadFolder, _ fixture: Fixture) throws {
        let hashes = try folder.receiveHashes()
        try hashes.append(files.flatMap { Array((Hex.string(FileHasher.hash($0.bytes, .blake3).bytes) + "\n").utf8) })
        try hashes.finish()
        let path = try fixture.store.materialise(folder.commit().digest)
        for file in files {
            #expect(FileManager.default.contents(atPath: "\(path)/\(file.entry.path)") == Data(file.bytes))
        }
    }
}
