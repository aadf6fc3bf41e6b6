import FloydOS
import FloydTree
import Foundation
import Glibc
import Testing

@testable import FloydBlobs

/// Files in memory, and on a disk, where large ones go past the page cache.
@Suite struct StagedFileWriterTests {
    /// A folder that goes away with it.
    private final class Place {
        let path: String

        init(in folder: String) throws {
            path = "\(folder)/floyd-staged-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }

        deinit {
            try? FileManager.default.removeItem(atPath: path)
        }

        var file: String { "\(path)/file" }
        var contents: [UInt8] { FileManager.default.contents(atPath: file).map(Array.init) ?? [] }
    }

    private static let folders = ["/dev/shm", "/var/tmp"]
    /// Bytes without a pattern, larger than what goes past the page cache.
    private static let bytes: [UInt8] = {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        return (0..<(5 << 20) + 123).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
    }()

    private func append(_ range: Range<Int>, to writer: inout StagedFileWriter) throws {
        let result: Result<Void, SystemError> = Self.bytes.withUnsafeBytes { bytes in
            Result { () throws(SystemError) in try writer.append(UnsafeRawBufferPointer(rebasing: bytes[range])) }
        }
        try result.get()
    }

    @Test(arguments: folders, [1, 4_095, 4_096, 262_144, 1_048_577])
    func piecesOfAnySize(folder: String, piece: Int) throws {
        let place = try Place(in: folder)
        let count = piece == 1 ? 10_000 : Self.bytes.count
        var writer = try StagedFileWriter(place.file, size: Int64(Self.bytes.count), length: 0, hash: .blake3)
        for start in stride(from: 0, to: count, by: piece) {
            try append(start..<min(start + piece, count), to: &writer)
        }
        let hash = try writer.finish(executable: false)
        let expected = Array(Self.bytes[..<count])
        #expect(place.contents == expected)
        #expect(hash == FileHasher.hash(expected, .blake3).bytes)
    }

    @Test(arguments: folders, [1, 4_096, 5_000, 1_048_576, 3_000_001])
    func goesOnWhereItWasLeft(folder: String, cut: Int) throws {
        let place = try Place(in: folder)
        let size = Int64(Self.bytes.count)
        do {
            var writer = try StagedFileWriter(place.file, size: size, length: 0, hash: .blake3)
            try append(0..<cut, to: &writer)
            try writer.drain()
        }
        #expect(place.contents.count == cut)
        var writer = try StagedFileWriter(place.file, size: size, length: Int64(cut), hash: .blake3)
        try append(cut..<Self.bytes.count, to: &writer)
        let hash = try writer.finish(executable: true)
        #expect(place.contents == Self.bytes)
        #expect(hash == FileHasher.hash(Self.bytes, .blake3).bytes)
    }

    /// Sends and copies in turns, at places of any kind, and is left and gone on with in the middle.
    private func assemble(in place: Place, sharing blockSize: Int64?, leftAt cut: Int = 1_000_001) throws {
        let base = "\(place.path)/base"
        try Data(Self.bytes).write(to: URL(filePath: base))
        let source = SharedFile(try FileDescriptor.open(base, O_RDONLY))
        let size = Int64(Self.bytes.count)
        do {
            var writer = try StagedFileWriter(place.file, size: size, length: 0, hash: .blake3, sharing: blockSize)
            try append(0..<7, to: &writer)
            try writer.append(source, from: 7, length: Int64(cut - 7))
            try writer.drain()
        }
        #expect(place.contents.count == cut)
        var writer = try StagedFileWriter(place.file, size: size, length: Int64(cut), hash: .blake3, sharing: blockSize)
        try writer.append(source, from: Int64(cut), length: Int64(2_500_000 - cut))
        try append(2_500_000..<2_600_000, to: &writer)
        try writer.append(source, from: 2_600_000, length: size - 2_600_000)
        let hash = try writer.finish(executable: false)
        #expect(place.contents == Self.bytes)
        #expect(hash == FileHasher.hash(Self.bytes, .blake3).bytes)
        #expect(FileManager.default.contents(atPath: base).map(Array.init) == Self.bytes)
    }

    @Test(arguments: folders, [nil, 4_096])
    func copiesBetweenWhatIsSent(folder: String, blockSize: Int64?) throws {
        // Where blocks can't be shared, though it was thought so, they are written.
        try assemble(in: Place(in: folder), sharing: blockSize)
    }

    /// Where the file system can, a copy takes no room of its own.
    @Test(.enabled(if: SharingDisk.isPossible), arguments: [1_000_001, 1_048_576, 2_000_000])
    func blocksOfACopyAreShared(cut: Int) throws {
        let disk = try SharingDisk()
        let place = try Place(in: disk.path)
        let blockSize = try #require(FileSystem.sharedBlockSize(in: place.path))
        let free = try disk.free
        try assemble(in: place, sharing: blockSize, leftAt: cut)
        // XFS gives a file that grows more than it needs, for a while.
        try FileDescriptor.open(place.file, O_WRONLY).truncate(to: Int64(Self.bytes.count))
        // The base, what is sent, what stands between two places of the windows, and the file system's own.
        #expect(try free - disk.free < Int64(Self.bytes.count) + 3 << 20)
    }

    /// What is written to a file behind what it shares is written to no other.
    @Test(.enabled(if: SharingDisk.isPossible)) func whatIsSharedStaysAsItIs() throws {
        let disk = try SharingDisk()
        let place = try Place(in: disk.path)
        let base = "\(place.path)/base"
        try Data(Self.bytes).write(to: URL(filePath: base))
        let source = SharedFile(try FileDescriptor.open(base, O_RDONLY))
        let blockSize = try #require(FileSystem.sharedBlockSize(in: place.path))
        let size = Int64(Self.bytes.count)
        do {
            var writer = try StagedFileWriter(place.file, size: size, length: 0, hash: .blake3, sharing: blockSize)
            try writer.append(source, from: 0, length: 1 << 20)
            try writer.drain()
        }
        // As after a crash, where less counts than is there.
        try FileDescriptor.open(place.file, O_WRONLY).truncate(to: 700_001)
        var writer = try StagedFileWriter(place.file, size: size, length: 700_001, hash: .blake3, sharing: blockSize)
        let noise = [UInt8](repeating: 7, count: 500_000)
        try noise.withUnsafeBytes { try writer.append($0) }
        _ = try writer.finish(executable: false)
        #expect(place.contents == Self.bytes[..<700_001] + noise)
        #expect(FileManager.default.contents(atPath: base).map(Array.init) == Self.bytes)
    }

    @Test(arguments: folders)
    func aSourceThatIsShorterIsAnError(folder: String) throws {
        let place = try Place(in: folder)
        let base = "\(place.path)/base"
        try Data(Self.bytes[..<1_000]).write(to: URL(filePath: base))
        let source = SharedFile(try FileDescriptor.open(base, O_RDONLY))
        var writer = try StagedFileWriter(place.file, size: 8 << 20, length: 0, hash: .blake3)
        do throws(SystemError) {
            try writer.append(source, from: 0, length: 1_001)
            Issue.record("1,001 bytes of 1,000 were copied")
        } catch {
            #expect(error.code == EIO)
        }
    }

    @Test(arguments: folders)
    func whatIsWholeIsReadOnly(folder: String) throws {
        let place = try Place(in: folder)
        for executable in [false, true] {
            let writer = try StagedFileWriter(place.file, size: 0, length: 0, hash: nil)
            let hash = try writer.finish(executable: executable)
            #expect(hash.isEmpty)
            let mode = try FileManager.default.attributesOfItem(atPath: place.file)[.posixPermissions] as? Int
            #expect(mode == (executable ? 0o555 : 0o444))
            try FileManager.default.removeItem(atPath: place.file)
        }
    }

    @Test(arguments: folders)
    func nothingIsWrittenBehindAGap(folder: String) throws {
        let place = try Place(in: folder)
        try Data().write(to: URL(filePath: place.file))
        let refusing = SharedFile(try FileDescriptor.open(place.file, O_RDONLY))
        let file = SharedFile(try FileDescriptor.open(place.file, O_WRONLY))
        var windows = WriteWindows(hash: nil)
        for (number, target) in [refusing, file, file].enumerated() {
            windows.room.initializeMemory(as: UInt8.self, repeating: 7)
            windows.fill(WriteWindows.size)
            // The second may be refused at once, or not be written.
            try? windows.begin(to: target, at: Int64(number * WriteWindows.size))
        }
        #expect(throws: SystemError.self) { try windows.wait() }
        #expect(place.contents.isEmpty)
    }

    /// More than any file can have, which is found out as a full disk is.
    @Test func whatGetsNoSpaceKeepsNone() throws {
        let place = try Place(in: "/var/tmp")
        #expect(throws: SystemError.self) {
            _ = try StagedFileWriter(place.file, size: 1 << 61, length: 0, hash: .blake3)
        }
        #expect(!FileManager.default.fileExists(atPath: place.file))
    }
}
