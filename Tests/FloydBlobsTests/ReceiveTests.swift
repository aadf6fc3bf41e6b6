import FloydModel
import FloydTree
import Foundation
import Testing

@testable import FloydBlobs

struct ReceiveTests {
    static let files: [TestFile] = [
        .file("a", "0123456789"), .file("b", "x"), .file("c", "abcdefghijklmnopqrst"), .file("d", ""),
    ]

    /// The stream breaks at every byte; each time the process ends without a word, the store is opened anew, and the rest comes.
    @Test func resumeAtEveryByte() throws {
        let fixture = try Fixture()
        for cut in 0...31 {
            let id = ObjectID()
            let folder = try fixture.plan(Self.files.map(\.entry), id: id)
            let stream = try fixture.stream(of: Self.files, for: folder)
            #expect(stream.count == 31)
            do {
                let receiver = try folder.receive(at: 0)
                try receiver.append(Array(stream[..<cut]))
                // Dropped without `finish`, as by SIGKILL.
            }
            try fixture.reopen()
            let again = try fixture.store.upload(id)
            #expect(try again.status().offset == Int64(cut))
            let receiver = try again.receive(at: Int64(cut))
            try receiver.append(Array(stream[cut...]))
            #expect(try receiver.finish() == 31)
            let tree = try again.commit()
            let path = try fixture.store.materialise(tree.digest)
            for file in Self.files {
                #expect(FileManager.default.contents(atPath: "\(path)/\(file.entry.path)") == Data(file.bytes))
            }
        }
    }

    /// A room may be filled by any number of bytes, or not at all, and the process may end with part of a window in memory alone.
    @Test func roomsOfALargeFile() throws {
        let block = (0..<65_537).map { UInt8(truncatingIfNeeded: $0 ^ ($0 >> 11)) }
        var bytes: [UInt8] = []
        while bytes.count <= 6 << 20 { bytes.append(contentsOf: block) }
        for fills in [[1 << 20], [1, 4_095, 4_096, 100_000, 1 << 20], [700_001]] {
            let fixture = try Fixture()
            let id = ObjectID()
            let folder = try fixture.plan([ManifestEntry(path: "a", kind: .file, size: Int64(bytes.count))], id: id)
            var sent = 0
            func send(_ count: Int, _ receiver: UploadReceiver) throws -> Bool {
                guard let room = try receiver.room() else { return false }
                let count = min(count, room.count)
                room.memory.copyBytes(from: bytes[sent..<sent + count])
                try receiver.filled(count)
                sent += count
                return true
            }
            do {
                let receiver = try folder.receive(at: 0)
                #expect(receiver.hasRoom)
                for fill in fills { #expect(try send(fill, receiver)) }
                // Dropped without `finish`: the window that isn't full is gone.
            }
            try fixture.reopen()
            let again = try fixture.store.upload(id)
            let offset = try again.status().offset
            #expect(offset <= Int64(sent) && offset > Int64(sent) - (2 << 20))
            sent = Int(offset)
            let receiver = try again.receive(at: offset)
            for turn in 0... {
                guard try send(fills[turn % fills.count], receiver) else { break }
            }
            #expect(!receiver.hasRoom && sent > 5 << 20)
            try receiver.append(Array(bytes[sent...]))
            #expect(try receiver.finish() == Int64(bytes.count))
            #expect(throws: FloydError.self) { try receiver.room() }
            let hashes = try again.receiveHashes()
            try hashes.append(Array((Hex.string(FileHasher.hash(bytes, .blake3).bytes) + "\n").utf8))
            try hashes.finish()
            let path = try fixture.store.materialise(again.commit().digest)
            #expect(FileManager.default.contents(atPath: "\(path)/a") == Data(bytes))
        }
    }

    /// The same with a byte at a time and a receiver for each.
    @Test func aReceiverForEveryByte() throws {
        let fixture = try Fixture()
        let folder = try fixture.plan(Self.files.map(\.entry))
        for (offset, byte) in try fixture.stream(of: Self.files, for: folder).enumerated() {
            let receiver = try folder.receive(at: Int64(offset))
            try receiver.append([byte])
            #expect(try receiver.finish() == Int64(offset + 1))
        }
        #expect(try folder.commit().bytes == 31)
    }

    /// After a crash of the machine only what a checkpoint names counts, whatever else the disk holds.
    @Test func backToTheCheckpointAfterAReboot() throws {
        let fixture = try Fixture()
        for checkpoint in [1, 5, 9, 10, 11, 12, 20, 31] {
            for extra in [0, 1, 7, 20] where checkpoint + extra <= 31 {
                let id = ObjectID()
                let folder = try fixture.plan(Self.files.map(\.entry), id: id)
                let stream = try fixture.stream(of: Self.files, for: folder)
                let first = try folder.receive(at: 0)
                try first.append(Array(stream[..<checkpoint]))
                try first.finish()
                if extra > 0 {
                    try folder.receive(at: Int64(checkpoint)).append(Array(stream[checkpoint..<checkpoint + extra]))
                }
                try fixture.pretendReboot(id)
                try fixture.reopen()
                let again = try fixture.store.upload(id)
                #expect(try again.status().offset == Int64(checkpoint))
                try fixture.send(Self.files, to: again, from: checkpoint)
                #expect(try again.commit().bytes == 31)
            }
        }
    }

    /// The process ends, or the disk is full, between the last byte of the stream and the note of what it hashed to. Nobody has anything more to send.
    @Test func aStreamThatIsAllThereCanBeCommittedWithoutANoteOfItsLastHash() throws {
        let fixture = try Fixture()
        let folder = try fixture.plan(Self.files.map(\.entry))
        try fixture.send(Self.files, to: folder)
        let hashes = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.paths.hashes))
        try hashes.truncate(atOffset: UInt64(2 * FileHasher.length))
        try fixture.reopen()
        let again = try fixture.store.upload(folder.id)
        #expect(try again.status() == UploadStatus(state: .complete, offset: 31))
        let tree = try again.commit()
        let path = try fixture.store.materialise(tree.digest)
        #expect(FileManager.default.contents(atPath: "\(path)/c") == Data(Self.files[2].bytes))
    }

    /// What isn't synced may have its name on the disk and not its bytes.
    @Test func aNoteWithoutItsBytesIsNone() throws {
        let fixture = try Fixture()
        let folder = try fixture.plan(Self.files.map(\.entry))
        for note in [folder.paths.committed, folder.paths.failure] {
            try Data().write(to: URL(fileURLWithPath: note))
        }
        try fixture.send(Self.files, to: folder)
        #expect(try folder.commit().bytes == 31)
        #expect(try folder.status().state == .committed)
    }

    @Test func anUploadWithoutACheckpointIsGoneAfterAReboot() throws {
        let fixture = try Fixture()
        let folder = try fixture.plan(Self.files.map(\.entry))
        try folder.receive(at: 0).append([0x30])
        try fixture.pretendReboot(folder.id)
        let error = #expect(throws: FloydError.self) { try folder.status() }
        #expect(error?.code == .gone)
        #expect(throws: FloydError.self) { _ = try folder.receive(at: 1) }
        try fixture.store.removeUpload(folder.id)
        #expect(try fixture.names(in: "uploads").isEmpty)
    }

    @Test func aWrongOffsetChangesNothing() throws {
        let fixture = try Fixture()
        let folder = try fixture.plan(Self.files.map(\.entry))
        let receiver = try folder.receive(at: 0)
        try receiver.append([0x30, 0x31])
        try receiver.finish()
        for offset: Int64 in [0, 1, 3, 31, 100, -1] {
            let error = #expect(throws: FloydError.self) { _ = try folder.receive(at: offset) }
            #expect(error?.code == .offsetMismatch)
        }
        #expect(try folder.status().offset == 2)
    }

    @Test func oneWriterAtATime() throws {
        let fixture = try Fixture()
        let folder = try fixture.plan(Self.files.map(\.entry))
        let receiver = try folder.receive(at: 0)
        try receiver.append([0x30])
        for body: () throws -> Void in [
            { _ = try folder.receive(at: 1) }, { _ = try folder.commit() },
            { try fixture.store.removeUpload(folder.id) },
        ] {
            let error = #expect(throws: FloydError.self) { try body() }
            #expect(error?.code == .locked)
        }
        #expect(try folder.status().offset == 0, "no checkpoint yet")
        #expect(try receiver.finish() == 1)
        #expect(try receiver.finish() == 1)
        #expect(throws: FloydError.self) { try receiver.append([0x31]) }
        #expect(throws: Never.self) { _ = try folder.receive(at: 1) }
    }

    @Test func moreThanTheLengthIsRefusedWhole() throws {
        let fixture = try Fixture()
        let folder = try fixture.plan(Self.files.map(\.entry))
        let stream = try fixture.stream(of: Self.files, for: folder)
        let receiver = try folder.receive(at: 0)
        try receiver.append(Array(stream[..<30]))
        let error = #expect(throws: FloydError.self) { try receiver.append([0x74, 0x74]) }
        #expect(error?.code == .tooLarge)
        #expect(try receiver.finish() == 30)
        let next = try folder.receive(at: 30)
        try next.append([0x74])
        #expect(throws: FloydError.self) { try next.append([0x74]) }
    }

    @Test func aWrongHashNamesThePathAndFailsTheUpload() throws {
        let fixture = try Fixture()
        let folder = try fixture.plan(Self.files.map(\.entry))
        var stream = try fixture.stream(of: Self.files, for: folder)
        stream[10] ^= 1
        let receiver = try folder.receive(at: 0)
        let error = #expect(throws: FloydError.self) { try receiver.append(stream) }
        #expect(error?.code == .contentMismatch)
        #expect(error?.message.contains("\"b\"") == true)
        #expect(throws: FloydError.self) { try receiver.append([0]) }
        _ = try? receiver.finish()
        try fixture.reopen()
        let again = try fixture.store.upload(folder.id)
        for body: () throws -> Void in [
            { _ = try again.receive(at: 11) }, { _ = try again.commit() }, { _ = try again.status() },
        ] {
            let error = #expect(throws: FloydError.self) { try body() }
            #expect(error?.code == .contentMismatch)
        }
        #expect(try fixture.names(in: "contents").isEmpty)
        try fixture.store.removeUpload(folder.id)
        #expect(try fixture.upload(Self.files).bytes == 31)
    }

    @Test func aTruncatedStreamIsNotCommitted() throws {
        let fixture = try Fixture()
        let folder = try fixture.plan(Self.files.map(\.entry))
        let stream = try fixture.stream(of: Self.files, for: folder)
        for cut in [0, 9, 10, 30] {
            let offset = try Int(folder.status().offset)
            let receiver = try folder.receive(at: Int64(offset))
            try receiver.append(Array(stream[offset..<cut]))
            try receiver.finish()
            let error = #expect(throws: FloydError.self) { try folder.commit() }
            #expect(error?.code == .conflict)
        }
        #expect(try fixture.names(in: "trees").isEmpty)
        #expect(try fixture.names(in: "contents").isEmpty)
    }
}

extension Fixture {
    func send(_ files: [TestFile], to folder: UploadFolder, from offset: Int) throws {
        let receiver = try folder.receive(at: Int64(offset))
        try receiver.append(Array(try stream(of: files, for: folder)[offset...]))
        try receiver.finish()
    }
}
