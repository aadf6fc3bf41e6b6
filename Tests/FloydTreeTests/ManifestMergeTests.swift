import FloydModel
import Foundation
import Testing

@testable import FloydTree

@Suite struct ManifestMergeTests {
    /// A file that is removed at once and stays readable.
    private static func stored(_ bytes: [UInt8]) throws -> StoredManifest {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("merge-\(UUID())").path
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { unlink(path) }
        return StoredManifest(owning: open(path, O_RDONLY | O_CLOEXEC))
    }

    private static func manifest(_ entries: [ManifestEntry]) -> [UInt8] {
        entries.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }.flatMap { ManifestCoding.line($0) }
    }

    private static func file(_ path: String, _ seed: Int = 0) -> ManifestEntry {
        let bytes = Array("\(seed)".utf8)
        return ManifestEntry(path: path, kind: .file, size: Int64(bytes.count), hash: FileHasher.hash(bytes, .blake3))
    }

    private struct Outcome: Equatable {
        var manifest: [UInt8] = []
        var dropped: [String] = []
        var added: [Int] = []
    }

    private static func merge(
        _ base: [UInt8],
        _ changes: [UInt8],
        piece: Int = 1_000,
        limits: ManifestReader.Limits = .init()
    ) throws(FloydError) -> Outcome {
        guard let stored = try? stored(base) else { throw FloydError(.internalError, "no scratch file") }
        var merge = try ManifestMerge(stored, limits: limits)
        var outcome = Outcome()
        func take(_ step: ManifestMerge.Step) {
            switch step {
            case .keep(let line): outcome.manifest += line
            case .drop(let entry): outcome.dropped.append(entry.path)
            case .add(let entry, let line):
                outcome.manifest += ManifestCoding.line(entry)
                outcome.added.append(line)
            }
        }
        var rest = changes[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(piece))
            rest = rest.dropFirst(piece)
            try part.withUnsafeBufferPointer { bytes throws(FloydError) in
                try merge.feed(UnsafeRawBufferPointer(bytes), take)
            }
        }
        try merge.finish(take)
        return outcome
    }

    private static func changes(_ old: [String: ManifestEntry], _ new: [String: ManifestEntry]) -> [UInt8] {
        var bytes: [UInt8] = []
        for path in Set(old.keys).union(new.keys).sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            if let entry = new[path] {
                if old[path] != entry { ManifestCoding.append(entry, to: &bytes) }
            } else {
                ManifestCoding.appendRemoval(of: path, to: &bytes)
            }
        }
        return bytes
    }

    @Test("any tree comes out of any other and what is different", arguments: 1...40)
    func anyTrees(seed: Int) throws {
        var random = SplitMix(state: UInt64(seed))
        let names = ["a", "a-b", "a\"b", "b\\c", "d\n", "é", "z", "longer-\(String(repeating: "x", count: 200))"]
        func tree() -> [String: ManifestEntry] {
            var entries: [String: ManifestEntry] = [:]
            for name in names where Bool.random(using: &random) {
                switch Int.random(in: 0..<4, using: &random) {
                case 0: entries[name] = ManifestEntry(path: name, kind: .link, target: "a")
                case 1: entries[name] = Self.file(name, Int.random(in: 0..<3, using: &random))
                default:
                    entries[name] = ManifestEntry(path: name, kind: .dir)
                    for inner in names where Bool.random(using: &random) {
                        let path = "\(name)/\(inner)"
                        entries[path] = Self.file(path, Int.random(in: 0..<3, using: &random))
                    }
                }
            }
            return entries
        }
        let (old, new) = (tree(), tree())
        let (base, expected) = (Self.manifest(Array(old.values)), Self.manifest(Array(new.values)))
        let outcome = try Self.merge(base, Self.changes(old, new), piece: Int.random(in: 1...300, using: &random))
        #expect(outcome.manifest == expected)
        let different = old.filter { new[$0.key] != $0.value }.keys
        #expect(Set(outcome.dropped) == Set(different))
        let lines = expected.split(separator: 0x0A)
        #expect(outcome.added.count == new.filter { old[$0.key] != $0.value }.count)
        for line in outcome.added {
            let entry = try ManifestCoding.entry(line: Array(lines[line]))
            #expect(old[entry.path] != entry)
        }
        #expect(try Self.merge(base, []).manifest == base)
    }

    @Test("a manifest of many pieces is gone through whole")
    func long() throws {
        let entries = (0..<5_000).map { Self.file(String(format: "d/%06d", $0)) }
        let base = Self.manifest(entries)
        var changed = entries
        changed[4_321] = Self.file("d/004321", 7)
        let outcome = try Self.merge(base, ManifestCoding.line(changed[4_321]))
        #expect(outcome.manifest == Self.manifest(changed))
        #expect(outcome.added == [4_321] && outcome.dropped == ["d/004321"])
    }

    private static let hostile: [(String, FloydError.Code)] = [
        (#"{"path":"f/below","type":"file","size":0}"#, .invalidRequest),
        (#"{"path":"f/below","type":"dir"}"#, .invalidPath), (#"{"path":"l/x","type":"dir"}"#, .invalidPath),
        (#"{"path":"d","type":"link","target":"f"}"#, .invalidPath),
        (#"{"path":"../x","type":"dir"}"#, .invalidPath), (#"{"path":"/x","type":"dir"}"#, .invalidPath),
        (#"{"path":"x","type":"link","target":"../y"}"#, .invalidPath),
        (#"{"path":"x","removed":true}"#, .baseMismatch), (#"{"path":"","removed":true}"#, .baseMismatch),
        (#"{"path":"f","removed":false}"#, .invalidRequest),
        (#"{"path":"f","removed":true,"type":"dir"}"#, .invalidRequest),
        (#"{"path":"f","removed":true,"removed":true}"#, .invalidRequest), (#"{"removed":true}"#, .invalidRequest),
        (#"{"path":"f","type":"file","size":1}"#, .invalidRequest), ("nonsense", .invalidRequest),
        ("{\"path\":\"f\",\"removed\":true}\n{\"path\":\"f\",\"removed\":true}", .invalidRequest),
        ("{\"path\":\"g\",\"type\":\"dir\"}\n{\"path\":\"d\",\"removed\":true}", .invalidRequest),
        (#"{"path":"e","type":"file","size":0,"sha256":"\#(String(repeating: "0", count: 64))"}"#, .contentMismatch),
        (String(repeating: "x", count: 70_000), .tooLarge),
    ]

    @Test("what can't be is refused with the line that says it", arguments: hostile.indices)
    func refused(index: Int) throws {
        let base = Self.manifest([
            ManifestEntry(path: "d", kind: .dir), Self.file("d/x"), Self.file("f"),
            ManifestEntry(path: "l", kind: .link, target: "f"),
        ])
        let (text, code) = Self.hostile[index]
        let error = #expect(throws: FloydError.self) { try Self.merge(base, Array(text.utf8)) }
        #expect(error?.code == code, "\(text.prefix(100)): \(error?.message ?? "taken")")
    }

    @Test("no more lines come out than are allowed")
    func bounds() throws {
        let base = Self.manifest((0..<10).map { Self.file("f\($0)") })
        let added = ManifestCoding.line(Self.file("g"))
        let error = #expect(throws: FloydError.self) {
            try Self.merge(base, added, limits: .init(entries: 10))
        }
        #expect(error?.code == .tooLarge)
        #expect(try Self.merge(base, added, limits: .init(entries: 11)).added == [10])
    }

    @Test(
        "what is no manifest is not taken for one",
        arguments: ["x\n", "{\"path\":\"a\"}\n", "{\"path\":\"a\",\"type\":\"f"]
    )
    func damaged(text: String) throws {
        let whole = Self.manifest([Self.file("A"), Self.file("B")])
        for base in [Array(text.utf8), whole + Array(text.utf8)] {
            for changes in [[], Self.manifest([Self.file("C")])] {
                let error = #expect(throws: FloydError.self) { try Self.merge(base, changes) }
                #expect(error?.code == .baseMismatch)
            }
        }
    }
}

/// A generator that gives the same numbers each time.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
