import FloydModel
import FloydTree
import Foundation
import Testing

@testable import FloydCommands

@Suite struct ContentSourceTests {
    private static let contents = ["a": "first file", "sub/b": "the second", "c": "3"]

    private func world() throws -> TestWorld {
        let world = try TestWorld(isLoggedIn: false)
        for (path, text) in Self.contents { try world.write(text, to: path) }
        return world
    }

    private func source(_ world: TestWorld, needsHash: Bool) throws -> ContentSource {
        let pieces = try ["a", "sub/b", "c"].enumerated().map { line, path in
            let stamp = try #require(FileStamp(path: "\(world.folder)/\(path)"))
            return ContentSource.Piece(line: line, path: path, stamp: stamp, needsHash: needsHash)
        }
        return ContentSource(folder: world.folder, pieces: pieces)
    }

    private func read(_ source: ContentSource, upTo count: Int = .max, buffer size: Int = 4) throws -> String {
        var bytes: [UInt8] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
        defer { buffer.deallocate() }
        while bytes.count < count {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(size, count - bytes.count)])
            let filled = try source.read(into: part)
            if filled == 0 { break }
            bytes += part[..<filled]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private let whole = "first filethe second3"

    @Test(arguments: [1, 4, 10, 100]) func filesFollowEachOther(_ size: Int) throws {
        let world = try world()
        let source = try source(world, needsHash: true)
        #expect(source.length == 21)
        #expect(try read(source, buffer: size) == whole)
        #expect(source.hashes[0] == FileHasher.sha256(Array("first file".utf8)))
        #expect(source.hashes[1] == FileHasher.sha256(Array("the second".utf8)))
        #expect(source.hashes[2] == FileHasher.sha256(Array("3".utf8)))
    }

    @Test(arguments: [true, false], 0...21) func goingBackChangesNothing(_ needsHash: Bool, _ offset: Int) throws {
        let world = try world()
        for reached in [offset, 15, 21] where reached >= offset {
            let source = try source(world, needsHash: needsHash)
            _ = try read(source, upTo: reached)
            try source.seek(to: Int64(offset))
            #expect(try read(source) == String(whole.dropFirst(offset)))
            #expect(source.hashes.count == (needsHash ? 3 : 0))
            if needsHash { #expect(source.hashes[1] == FileHasher.sha256(Array("the second".utf8))) }
        }
    }

    @Test(arguments: ["another content", "short", "the sekond"])
    func aFileThatChangedIsNamed(_ text: String) throws {
        let world = try world()
        let source = try source(world, needsHash: true)
        try world.write(text, to: "sub/b")
        #expect {
            try read(source)
        } throws: {
            ($0 as? FloydError)?.message.contains("sub/b") == true && ($0 as? FloydError)?.code == .contentMismatch
        }
    }

    @Test func aFileThatChangesWhileItIsReadIsNamed() throws {
        let world = try world()
        let source = try source(world, needsHash: false)
        _ = try read(source, upTo: 13)
        try world.write("the secant", to: "sub/b")
        #expect(throws: FloydError.self) { try read(source) }
    }

    @Test func aFileThatWentIsNamed() throws {
        let world = try world()
        let source = try source(world, needsHash: false)
        try FileManager.default.removeItem(atPath: "\(world.folder)/a")
        #expect { try read(source) } throws: { ($0 as? FloydError)?.code == .localFile }
    }
}

@Suite struct ManifestSourceTests {
    @Test func linesComeWholeFromAnyOffset() throws {
        let entries = (0..<50).map { ManifestEntry(path: "file\($0)", kind: .file, size: Int64($0)) }
        let expected = entries.flatMap { ManifestCoding.line($0) }
        let source = ManifestSource(entries)
        #expect(source.length == Int64(expected.count))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 33, alignment: 1)
        defer { buffer.deallocate() }
        for offset in [0, 1, 200, expected.count] {
            try source.seek(to: Int64(offset))
            var bytes: [UInt8] = []
            while true {
                let count = try source.read(into: buffer)
                if count == 0 { break }
                bytes += buffer[..<count]
            }
            #expect(bytes == Array(expected[offset...]))
        }
    }
}
