import FloydFrames
import FloydModel
import FloydOS
import FloydTree
import Foundation
import Testing

@testable import FloydBlobs

struct ArchiveIntakeTests {
    private let fixture: Fixture

    init() throws {
        fixture = try Fixture()
    }

    /// An entry and its bytes.
    typealias Item = (entry: UnpackedEntry, bytes: [UInt8])

    static func file(_ path: String, _ text: String, mode: UInt32 = 0o644) -> Item {
        let bytes = Array(text.utf8)
        return (UnpackedEntry(kind: .file, mode: mode, size: Int64(bytes.count), path: Array(path.utf8)), bytes)
    }

    static func other(_ kind: UnpackedEntry.Kind, _ path: String, _ target: String = "") -> Item {
        (UnpackedEntry(kind: kind, path: Array(path.utf8), target: Array(target.utf8)), [])
    }

    private func tree(_ items: [Item], archiveSize: Int64 = 1 << 30, limits: ArchiveLimits = .init()) throws
        -> [ManifestEntry]
    {
        var intake = try TreeIntake(store: fixture.store, id: ObjectID())
        var archive = try ArchiveIntake(folder: intake.stagingFolder, .blake3, archiveSize: archiveSize, limits: limits)
        for (entry, bytes) in items {
            try archive.take(.entry(entry))
            // In two pieces, where there are two.
            for piece in [bytes.prefix(bytes.count / 2), bytes.dropFirst(bytes.count / 2)] where !piece.isEmpty {
                try Array(piece).withUnsafeBytes { try archive.take(.data($0)) }
            }
        }
        try archive.take(.end(entries: Int64(items.count)))
        try archive.add(to: &intake)
        let digest = try intake.commit(materialising: true).digest
        var entries: [ManifestEntry] = []
        try fixture.store.forEachEntry(of: digest) { entries.append($0) }
        return entries
    }

    private func refusal(_ items: [Item], archiveSize: Int64 = 1 << 30, limits: ArchiveLimits = .init()) throws
        -> FloydError?
    {
        let error = #expect(throws: FloydError.self) { try tree(items, archiveSize: archiveSize, limits: limits) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(fixture.root)/uploads").isEmpty)
        return error
    }

    @Test func aTreeHasWhatTheArchiveHas() throws {
        let large = String(repeating: "large", count: 40_000)
        let entries = try tree([
            Self.other(.folder, "./"), Self.file("./z", large), Self.other(.hardLink, "a", "./z"),
            Self.other(.folder, "d/"),
            Self.file("d/run", "#!", mode: 0o755), Self.other(.hardLink, "d/same", "d/run"),
            Self.other(.link, "d/l", "../z"),
            Self.other(.folder, "d"), Self.file("empty", ""), Self.file("._x", "junk"), Self.file("implied/f", large),
        ])
        func hash(_ text: String) -> ContentHash { FileHasher.hash(Array(text.utf8), .blake3) }
        func file(_ path: String, _ text: String, _ executable: Bool = false) -> ManifestEntry {
            ManifestEntry(
                path: path,
                kind: .file,
                executable: executable,
                size: Int64(text.utf8.count),
                hash: hash(text)
            )
        }
        let expected = [
            file("._x", "junk"), file("a", large), ManifestEntry(path: "d", kind: .dir),
            ManifestEntry(path: "d/l", kind: .link, target: "../z"), file("d/run", "#!", true),
            file("d/same", "#!", true),
            file("empty", ""), file("implied/f", large), file("z", large),
        ]
        #expect(entries == expected)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(fixture.root)/uploads").isEmpty)
    }

    @Test(arguments: ["{}", String(repeating: "large", count: 40_000)])
    func markersOfFoldersAreLeftOut(text: String) throws {
        let entries = try tree([
            Self.file(".floyddata", text), Self.other(.hardLink, "same", ".floyddata"), Self.other(.folder, "d"),
            Self.file("d/.floydexpt", "{}"), Self.file("d/.floyddata/x", "below"), Self.file("d/.floyddatas", "kept"),
        ])
        #expect(entries.map(\.path) == ["d", "d/.floyddatas", "same"])
        #expect(entries.last?.hash == FileHasher.hash(Array(text.utf8), .blake3))
    }

    @Test func manyEntriesComeInOrder() throws {
        let count = 40_000
        let names = (0..<count).map { "folder-\($0 &* 7_919 % count)/\(String(repeating: "n", count: 60))" }
        let entries = try tree(names.map { Self.other(.folder, $0) })
        #expect(entries.count == count)
        #expect(entries.map(\.path) == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }

    @Test(arguments: [
        ([file("../x", "x")], "\"../x\""), ([file("/x", "x")], "\"/x\""), ([file("a/./b", "x")], "\"a/./b\""),
        ([file("a//b", "x")], "\"a//b\""), ([file("", "x")], "\"\""), ([file(".", "x")], "\".\""),
        ([file("a/", "x")], "\"a/\""), ([other(.folder, "..")], "\"..\""), ([other(.folder, "/")], "\"/\""),
        ([file("a", "x"), file("./a", "y")], "\"a\" stands there twice"),
        ([file("a", "x"), other(.folder, "a")], "\"a\" stands there twice"),
        ([file("a", "x"), file("a/b", "y")], "\"a/b\" lies below \"a\""),
        ([file("a", "x"), other(.folder, "a-b"), file("a/b", "y")], "\"a/b\" lies below \"a\""),
        ([file("l/x", "x"), other(.link, "l", "d")], "\"l/x\" lies below \"l\""),
        ([other(.link, "l", "..")], "\"l\""), ([other(.link, "l", "/etc")], "\"l\""),
        ([other(.link, "l", "")], "\"l\""),
        ([other(.hardLink, "h", "../x")], "\"../x\""), ([other(.hardLink, "h", "a")], "\"a\""),
        ([other(.hardLink, "h", "a"), file("a", "x")], "\"a\""),
        ([file("b", "x"), other(.hardLink, "a", "b"), other(.hardLink, "c", "a")], "\"a\""),
        ([other(.folder, "d"), other(.hardLink, "h", "d")], "\"d\""),
        ([file("a", "x"), other(.hardLink, "a", "a")], "\"a\" stands there twice"),
        ([other(.fifo, "p")], "a FIFO"), ([other(.socket, "s")], "a socket"), ([other(.blockDevice, "d")], "a device"),
        ([other(.characterDevice, "d")], "a device"), ([other(.other, "o")], "\"o\""),
    ])
    func refusesByName(items: [Item], named: String) throws {
        let error = try refusal(items)
        #expect(error?.code == .invalidPath)
        #expect(error?.message.contains(named) == true, "\(error?.message ?? "")")
    }

    @Test func refusesNamesThatAreNoText() throws {
        let names: [(UnpackedEntry.Kind, [UInt8], [UInt8])] = [
            (.file, [0x61, 0xFF], []), (.link, [0x61], [0xFF]), (.hardLink, [0x61], [0xC0, 0x80]),
            (.folder, [0xED, 0xA0, 0x80], []),
        ]
        for (kind, path, target) in names {
            let error = try refusal([(UnpackedEntry(kind: kind, path: path, target: target), [])])
            #expect(error?.code == .invalidPath)
            #expect(error?.message.contains("UTF-8") == true)
        }
    }

    @Test func refusesWhatIsTooMuch() throws {
        var limits = ArchiveLimits()
        limits.entries = 2
        let three = [Self.other(.folder, "a"), Self.other(.folder, "b"), Self.other(.folder, "c")]
        #expect(try refusal(three, limits: limits)?.code == .tooLarge)
        #expect(try tree(Array(three.prefix(2)), limits: limits).count == 2)
        limits = ArchiveLimits()
        limits.names = 4
        #expect(try refusal([Self.other(.link, "ab", "cde")], limits: limits)?.code == .tooLarge)
        limits = ArchiveLimits()
        limits.bytes = 5
        #expect(try refusal([Self.file("a", "abc"), Self.file("b", "abc")], limits: limits)?.code == .tooLarge)
        #expect(
            try refusal([Self.file("a", "abc"), Self.other(.hardLink, "b", "a")], limits: limits)?.code == .tooLarge
        )
    }

    /// Before a byte of it is there.
    @Test func refusesABombAtItsHeader() throws {
        func judge(_ sizes: [Int64], archiveSize: Int64) throws(FloydError) {
            var rules = ArchiveRules(limits: ArchiveLimits(), archiveSize: archiveSize)
            for (number, size) in sizes.enumerated() {
                _ = try rules.accept(UnpackedEntry(kind: .file, size: size, path: Array("\(number)".utf8)))
            }
        }
        #expect(throws: Never.self) { try judge([64 << 20], archiveSize: 1) }
        #expect(throws: FloydError.self) { try judge([64 << 20, 1], archiveSize: 1) }
        #expect(throws: Never.self) { try judge([200 << 20], archiveSize: 1 << 20) }
        #expect(throws: FloydError.self) { try judge([201 << 20], archiveSize: 1 << 20) }
        #expect(throws: FloydError.self) { try judge([.max], archiveSize: .max) }
        #expect(throws: FloydError.self) { try judge([1 << 40, 1], archiveSize: 1 << 40) }
        #expect(throws: FloydError.self) { try judge([1, .max], archiveSize: .max) }
    }

    @Test func refusesWhatTheUnpackerCouldNotRead() throws {
        for code in UnpackProblem.Code.allCases {
            var intake = try TreeIntake(store: fixture.store, id: ObjectID())
            var archive = try ArchiveIntake(folder: intake.stagingFolder, .blake3, archiveSize: 1, limits: .init())
            let problem = UnpackProblem(code, "bad \u{1B}[31m")
            let error = #expect(throws: FloydError.self) { try archive.take(.problem(problem)) }
            #expect(error?.message.contains("\u{1B}") == false)
            _ = consume archive
            try intake.addFolder("a")
        }
        #expect(try refusal([])?.code == .invalidRequest)
    }
}
