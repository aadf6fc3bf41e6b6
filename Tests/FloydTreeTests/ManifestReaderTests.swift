import FloydModel
import Testing

@testable import FloydTree

struct ManifestReaderTests {
    private func read(_ entries: [ManifestEntry], pieces: Int = .max, limits: ManifestReader.Limits = .init()) throws
        -> [ManifestEntry]
    {
        try read(entries.flatMap { ManifestCoding.line($0) }, pieces: pieces, limits: limits)
    }

    private func read(_ bytes: [UInt8], pieces: Int = .max, limits: ManifestReader.Limits = .init()) throws
        -> [ManifestEntry]
    {
        var reader = ManifestReader(limits: limits)
        var entries: [ManifestEntry] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(pieces)
            rest = rest.dropFirst(piece.count)
            try reader.feed(Array(piece)) { entry, line in
                #expect(line == entries.count)
                entries.append(entry)
            }
        }
        try reader.finish { entry, _ in entries.append(entry) }
        #expect(reader.count == entries.count)
        return entries
    }

    private func file(_ path: String, _ size: Int64 = 1) -> ManifestEntry { .init(path: path, kind: .file, size: size) }
    private func dir(_ path: String) -> ManifestEntry { .init(path: path, kind: .dir) }
    private func link(_ path: String, _ target: String) -> ManifestEntry {
        .init(path: path, kind: .link, target: target)
    }

    private func code(_ entries: [ManifestEntry]) -> FloydError.Code? {
        do {
            _ = try read(entries)
            return nil
        } catch {
            return (error as? FloydError)?.code
        }
    }

    @Test func anyPiecesGiveTheSame() throws {
        let entries = [
            dir("a"), file("a-b"), file("a/b"), file("a/b.c"), file("a/c/d/e"), link("a/l", "../z"), dir("empty"),
            file("é"), file("\\back\\"),
        ].sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        for pieces in [1, 2, 3, 7, 50, .max] { #expect(try read(entries, pieces: pieces) == entries) }
        #expect(try read(Array(entries.flatMap { ManifestCoding.line($0) }.dropLast())) == entries, "no last newline")
        #expect(try read([UInt8]()) == [])
    }

    @Test(arguments: [
        "/etc/passwd", "../x", "a/../b", "a/..", "..", ".", "./a", "a/./b", "a/.", "a//b", "a/", "/", "", "a\0b",
        String(repeating: "n", count: 256), String(repeating: "d/", count: 256) + "f",
        String(repeating: "abc/", count: 800) + "f",
    ])
    func pathsThatAreNone(path: String) {
        #expect(code([file(path)]) == .invalidPath)
        #expect(code([dir(path)]) == .invalidPath)
        #expect(code([link(path, "x")]) == .invalidPath)
    }

    @Test(arguments: [
        "a\\b", "...", "..a", "a..", "-", " ", "a\nb", "C:", "~", String(repeating: "n", count: 255), "é/\u{1F600}",
    ])
    func pathsThatAreFine(path: String) throws {
        #expect(try read([file(path)]).first?.path == path)
    }

    @Test func order() {
        #expect(code([file("b"), file("a")]) == .invalidRequest)
        #expect(code([file("a/b"), dir("a")]) == .invalidRequest)
        #expect(code([file("a/b"), file("a-b")]) == .invalidRequest)
        #expect(code([file("ab"), file("a")]) == .invalidRequest)
        #expect(code([file("a"), file("a")]) == .invalidPath)
        #expect(code([dir("a"), file("a")]) == .invalidPath)
        #expect(code([file("e\u{301}"), file("é")]) == nil, "two spellings are two paths")
    }

    @Test func nothingLiesBelowAFileOrALink() {
        #expect(code([file("a"), file("a/b")]) == .invalidPath)
        #expect(code([link("a", "b"), file("a/b")]) == .invalidPath)
        #expect(code([file("a"), file("a-b"), file("a.txt"), file("a/b")]) == .invalidPath)
        #expect(code([link("a", "x"), dir("a-b"), file("a-b/c"), file("a/b/c/d")]) == .invalidPath)
        #expect(code([file("a"), file("a-b"), file("a-b.c"), file("ab"), file("ab/c")]) == .invalidPath)
        #expect(code([dir("a"), file("a-b"), file("a/b"), file("ab")]) == nil)
        #expect(code([file("a/b"), file("a/b/c")]) == .invalidPath)
    }

    @Test(arguments: [
        ("l", "/etc/passwd"), ("l", ".."), ("l", "../x"), ("a/l", "../../x"), ("a/b/l", "../../../x"),
        ("l", "a/../../x"), ("l", "a/.."),
        ("a/l", "b/../../.."), ("l", ""), ("l", "a\0b"), ("l", String(repeating: "a/", count: 2_100)),
        ("a/l", "./../../x"), ("a/l", "..//../x"),
    ])
    func linksThatLeadOut(path: String, target: String) {
        #expect(code([link(path, target)]) == .invalidPath)
    }

    @Test(arguments: [
        ("l", "a"), ("l", "a/b/c"), ("a/l", ".."), ("a/l", "../b"), ("a/b/l", "../../c"), ("l", "."), ("l", "./a"),
        ("l", "..a/..b"),
    ])
    func linksThatStayInside(path: String, target: String) {
        #expect(code([link(path, target)]) == nil)
    }

    @Test func limits() {
        #expect(throws: FloydError.self) { try read([file("a"), file("b")], limits: .init(entries: 1)) }
        #expect(throws: Never.self) { try read([file("a"), file("b")], limits: .init(entries: 2)) }
        let line = ManifestCoding.line(file("a"))
        for pieces in [1, .max] {
            #expect(throws: Never.self) { try read(line, pieces: pieces, limits: .init(lineLength: line.count - 1)) }
            let error = #expect(throws: FloydError.self) {
                try read(line, pieces: pieces, limits: .init(lineLength: line.count - 2))
            }
            #expect(error?.code == .tooLarge)
        }
        #expect(code([file("a", .max), file("b", 1)]) == .tooLarge)
        #expect(code([file("a", .max - 1), file("b", 1)]) == nil)
    }

    @Test func emptyLinesAndBareTextAreRefused() {
        for text in [
            "\n", "{\"path\":\"a\",\"type\":\"dir\"}\n\n", "x\n", "{\"path\":\"a\",\"type\":\"dir\"}\n{\"path\":",
        ] {
            let error = #expect(throws: FloydError.self) { try read(Array(text.utf8)) }
            #expect(error?.code == .invalidRequest)
        }
    }

    @Test func errorsNameTheLine() {
        let error = #expect(throws: FloydError.self) { try read([file("a"), file("../b")]) }
        #expect(error?.message == "line 2 of the manifest: \"../b\" can't be a path in a tree: it has a part \"..\"")
    }

    @Test func anEmptyFileHasTheHashOfNothing() {
        let wrong = ContentHash(.blake3, [UInt8](repeating: 1, count: 32))
        #expect(code([.init(path: "a", kind: .file, hash: wrong)]) == .contentMismatch)
        for algorithm in HashAlgorithm.allCases {
            #expect(code([.init(path: "a", kind: .file, hash: .ofNothing(algorithm))]) == nil)
        }
        let other = ContentHash(.blake3, ContentHash.ofNothing(.sha256).bytes)
        #expect(code([.init(path: "a", kind: .file, hash: other)]) == .contentMismatch)
    }

    @Test func digests() {
        func digest(_ entries: [ManifestEntry]) -> [UInt8]? {
            var digest = ManifestDigest()
            for entry in entries { digest.add(entry, line: ManifestCoding.line(entry)) }
            return digest.finalize()
        }
        #expect(digest([]) == FileHasher.sha256([]))
        #expect(digest([file("a")]) == nil)
        let whole = ManifestEntry(path: "a", kind: .file, hash: .ofNothing(.blake3))
        #expect(digest([whole]) == FileHasher.sha256(ManifestCoding.line(whole)))
        #expect(digest([whole, dir("b")]) != digest([whole, dir("c")]))
    }
}
