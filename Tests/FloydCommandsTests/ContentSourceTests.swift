import FloydClient
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

    /// A source with the survey that it reads and fills.
    private struct Source {
        var contents: ContentSource
        var survey: FolderSurvey

        func hash(of line: Int) throws -> ContentHash? { try survey.hash(of: line) }
    }

    private func source(
        _ world: TestWorld,
        needsHash: Bool,
        _ recipes: [Int: Recipe] = [:]
    ) throws -> Source {
        let survey = try FolderSurvey(.blake3)
        for path in ["a", "sub/b", "c"] {
            let stamp = try #require(FileStamp(path: "\(world.folder)/\(path)"))
            let hash = needsHash ? nil : ContentHash.ofNothing(.blake3)
            try survey.append(ManifestEntry(path: path, kind: .file, size: stamp.size, hash: hash), stamp)
        }
        let contents = try ContentSource(survey, in: world.folder, lines: [0, 1, 2], recipes)
        return Source(contents: contents, survey: survey)
    }

    private func read(_ source: Source, upTo count: Int = .max, buffer size: Int = 4) throws -> String {
        var bytes: [UInt8] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
        defer { buffer.deallocate() }
        while bytes.count < count {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(size, count - bytes.count)])
            let filled = try source.contents.read(into: part)
            if filled == 0 { break }
            bytes += part[..<filled]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private let whole = "first filethe second3"

    @Test(arguments: [1, 4, 10, 100]) func filesFollowEachOther(_ size: Int) throws {
        let world = try world()
        let source = try source(world, needsHash: true)
        #expect(source.contents.length == 21)
        #expect(try read(source, buffer: size) == whole)
        #expect(try source.hash(of: 0) == FileHasher.hash(Array("first file".utf8), .blake3))
        #expect(try source.hash(of: 1) == FileHasher.hash(Array("the second".utf8), .blake3))
        #expect(try source.hash(of: 2) == FileHasher.hash(Array("3".utf8), .blake3))
    }

    @Test(arguments: [true, false], 0...21) func goingBackChangesNothing(_ needsHash: Bool, _ offset: Int) throws {
        let world = try world()
        for reached in [offset, 15, 21] where reached >= offset {
            let source = try source(world, needsHash: needsHash)
            _ = try read(source, upTo: reached)
            try source.contents.seek(to: Int64(offset))
            #expect(try read(source) == String(whole.dropFirst(offset)))
            if needsHash { #expect(try source.hash(of: 1) == FileHasher.hash(Array("the second".utf8), .blake3)) }
        }
    }

    /// Of the second file only `the` and `on` are sent.
    @Test(arguments: 0...16) func partsOfAFile(_ offset: Int) throws {
        let world = try world()
        var recipe = Recipe(base: ContentHash.ofNothing(.blake3).bytes)
        for part: Recipe.Part in [.send(length: 3), .copy(offset: 0, length: 4), .send(length: 2)] {
            recipe.append(part)
        }
        recipe.append(.copy(offset: 9, length: 1))
        let source = try source(world, needsHash: false, [1: recipe])
        #expect(source.contents.length == 16)
        for reached in [16, 12] {
            _ = try read(source, upTo: reached)
            try source.contents.seek(to: Int64(offset))
        }
        #expect(try read(source) == String("first filetheon3".dropFirst(offset)))
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
    private static let entries =
        [ManifestEntry(path: "a", kind: .dir), ManifestEntry(path: "a/l", kind: .link, target: "ü/b")]
        + (0..<50).map { ManifestEntry(path: "file\($0)", kind: .file, executable: $0 % 2 == 1, size: Int64($0)) }

    private static func survey() throws -> FolderSurvey {
        let survey = try FolderSurvey(.blake3)
        for entry in entries {
            let stamp = FileStamp(size: entry.size, device: 1, inode: 2, modified: -3, changed: 4)
            try survey.append(entry, entry.kind == .file ? stamp : nil)
        }
        return survey
    }

    private static func read(_ source: some ByteSource, from offset: Int) throws -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 33, alignment: 1)
        defer { buffer.deallocate() }
        try source.seek(to: Int64(offset))
        var bytes: [UInt8] = []
        while true {
            let count = try source.read(into: buffer)
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    @Test func aSurveyGivesBackWhatItWasGiven() throws {
        let survey = try Self.survey()
        #expect(survey.files == 50)
        #expect(survey.size == 49 * 25)
        for first in [0, 1, 2, 30, 52] {
            var reader = try survey.reader(from: first)
            var lines: [Int] = []
            while let (line, item) = try reader.next() {
                lines.append(line)
                #expect(item.entry == Self.entries[line])
                #expect(try survey.item(line).entry == Self.entries[line])
                #expect(item.stamp?.size == (item.entry.kind == .file ? item.entry.size : nil))
                #expect(item.stamp?.modified ?? -3 == -3)
            }
            #expect(lines == Array(first..<52))
        }
        try survey.setHash(.ofNothing(.blake3), of: 7)
        #expect(try survey.hash(of: 7) == .ofNothing(.blake3))
        #expect(try survey.hash(of: 8) == nil)
        #expect(try survey.item(8).entry == Self.entries[8])
    }

    @Test func linesComeWholeFromAnyOffset() throws {
        let expected = Self.entries.flatMap { ManifestCoding.line($0) }
        let manifest = try SurveyManifest(Self.survey())
        #expect(manifest.digest == nil)
        let source = manifest.whole
        #expect(source.length == Int64(expected.count))
        for offset in [0, 1, 200, expected.count] {
            #expect(try Self.read(source, from: offset) == Array(expected[offset...]))
        }
    }

    @Test func hashesComeALineEach() throws {
        let survey = try Self.survey()
        let hashes = (0..<3).map { FileHasher.hash([UInt8($0)], .blake3) }
        for (line, hash) in zip([5, 9, 51], hashes) { try survey.setHash(hash, of: line) }
        let expected = Array(hashes.map { Hex.string($0.bytes) + "\n" }.joined().utf8)
        let source = HashSource(survey, of: [5, 9, 51])
        #expect(source.length == Int64(expected.count))
        for offset in [0, 1, 64, 65, 100, 195] {
            #expect(try Self.read(source, from: offset) == Array(expected[offset...]))
        }
    }
}
