import FloydModel
import Foundation
import Testing

@testable import FloydTree

/// Manifests that lie in files: gone through, searched, compared.
struct ManifestFileTests {
    private func file(_ path: String, _ size: Int64 = 1, executable: Bool = false) -> ManifestEntry {
        let hash = FileHasher.hash(Array("\(path) \(size)".utf8), .blake3)
        return .init(path: path, kind: .file, executable: executable, size: size, hash: hash)
    }

    private func descriptor(_ entries: [ManifestEntry], in scratch: Scratch) throws -> (Int32, Int64) {
        let bytes = entries.flatMap { ManifestCoding.line($0) }
        let path = "\(scratch.path)/manifest-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return (open(path, O_RDONLY | O_CLOEXEC), Int64(bytes.count))
    }

    private func cursor(_ entries: [ManifestEntry], in scratch: Scratch) throws -> ManifestCursor {
        ManifestCursor(owning: try descriptor(entries, in: scratch).0)
    }

    /// Long enough for many pieces.
    private let many: [ManifestEntry] = (0..<5_000).map { number in
        let path = String(format: "d%05d/%@", number, String(repeating: "x", count: number % 180 + 1))
        return ManifestEntry(
            path: path,
            kind: .file,
            size: Int64(number) + 1,
            hash: FileHasher.hash(Array(path.utf8), .blake3)
        )
    }

    @Test func aCursorGivesWhatStandsThere() throws {
        let scratch = try Scratch()
        for entries in [[], [file("a")], many] {
            var cursor = try cursor(entries, in: scratch)
            var found: [ManifestEntry] = []
            while let entry = try cursor.next() { found.append(entry) }
            #expect(found == entries)
            #expect(try cursor.next() == nil)
        }
    }

    @Test func aCursorTrustsNothing() throws {
        let scratch = try Scratch()
        var cursor = try cursor([file("b"), file("a")], in: scratch)
        var error: FloydError?
        do {
            while try cursor.next() != nil {}
        } catch let flaw {
            error = flaw
        }
        #expect(error?.code == .invalidRequest)
    }

    @Test func everyPathIsFound() throws {
        let scratch = try Scratch()
        let (descriptor, size) = try descriptor(many, in: scratch)
        defer { close(descriptor) }
        let search = ManifestSearch(descriptor: descriptor, size: size)
        for entry in many.enumerated().filter({ $0.offset % 7 < 2 }).map(\.element) {
            #expect(try search.find(entry.path) == .entry(entry))
        }
        for number in stride(from: 0, to: 5_000, by: 97) {
            let folder = String(format: "d%05d", number)
            #expect(try search.find(folder) == .folder)
            #expect(try search.find(folder + "0") == nil)
            #expect(try search.find(folder + "/") == nil)
            #expect(try search.find(folder + "/y") == nil)
        }
        for path in ["", "a", "z", "d", "d99999"] { #expect(try search.find(path) == nil) }
    }

    @Test func aSearchInLittle() throws {
        let scratch = try Scratch()
        let entries = [
            ManifestEntry(path: "a", kind: .dir), file("a-b"), file("a/c"),
            ManifestEntry(path: "l", kind: .link, target: "a"),
        ]
        let (descriptor, size) = try descriptor(entries, in: scratch)
        defer { close(descriptor) }
        let search = ManifestSearch(descriptor: descriptor, size: size)
        for entry in entries { #expect(try search.find(entry.path) == .entry(entry)) }
        #expect(try search.find("a/") == nil)
        #expect(try ManifestSearch(descriptor: descriptor, size: 0).find("a") == nil)
    }

    private func changes(_ old: [ManifestEntry], _ new: [ManifestEntry]) throws -> [ManifestDifference.Change] {
        let scratch = try Scratch()
        var difference = try ManifestDifference(from: cursor(old, in: scratch), to: cursor(new, in: scratch))
        var changes: [ManifestDifference.Change] = []
        while let change = try difference.next() { changes.append(change) }
        return changes
    }

    @Test func differences() throws {
        let folder = ManifestEntry(path: "d", kind: .dir)
        let link = ManifestEntry(path: "l", kind: .link, target: "a")
        let other = ManifestEntry(path: "l", kind: .link, target: "b")
        #expect(try changes([], []).isEmpty)
        #expect(try changes(Array(many.prefix(500)), Array(many.prefix(500))).isEmpty)
        #expect(try changes([], [file("a"), folder]) == [.added(file("a")), .added(folder)])
        #expect(try changes([file("a"), link], []) == [.removed(file("a")), .removed(link)])
        #expect(
            try changes(
                [file("a", 1), file("b"), file("c"), file("e"), link],
                [file("a", 2), file("b", executable: true), file("c"), file("d"), other]
            ) == [
                .changed(from: file("a", 1), to: file("a", 2)), .mode(from: file("b"), to: file("b", executable: true)),
                .added(file("d")), .removed(file("e")), .changed(from: link, to: other),
            ]
        )
        // A folder in the place of a file is a change of kind.
        #expect(try changes([file("d")], [folder]) == [.changed(from: file("d"), to: folder)])
    }
}
