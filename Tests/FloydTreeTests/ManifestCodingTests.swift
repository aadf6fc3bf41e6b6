import FloydModel
import Testing

@testable import FloydTree

struct ManifestCodingTests {
    static let hash = String(repeating: "0f", count: 32)

    private func line(_ entry: ManifestEntry) -> String { String(decoding: ManifestCoding.line(entry), as: UTF8.self) }

    private static func hash(_ algorithm: HashAlgorithm) -> ContentHash {
        ContentHash(algorithm, Hex.bytes(Array(hash.utf8)) ?? [])
    }

    @Test func canonicalLines() {
        #expect(line(.init(path: "src", kind: .dir)) == "{\"path\":\"src\",\"type\":\"dir\"}\n")
        #expect(
            line(.init(path: "a/b", kind: .file, executable: true, size: 120, hash: Self.hash(.blake3)))
                == "{\"path\":\"a/b\",\"type\":\"file\",\"size\":120,\"executable\":true,\"blake3\":\"\(Self.hash)\"}\n"
        )
        #expect(
            line(.init(path: "a/b", kind: .file, size: 120, hash: Self.hash(.sha256)))
                == "{\"path\":\"a/b\",\"type\":\"file\",\"size\":120,\"sha256\":\"\(Self.hash)\"}\n"
        )
        #expect(line(.init(path: "f", kind: .file)) == "{\"path\":\"f\",\"type\":\"file\",\"size\":0}\n")
        #expect(
            line(.init(path: "l\n\"\\\u{7F}é", kind: .link, target: "\u{1}"))
                == "{\"path\":\"l\\u000a\\\"\\\\\u{7F}é\",\"type\":\"link\",\"target\":\"\\u0001\"}\n"
        )
    }

    @Test func whatIsWrittenReadsBack() throws {
        let entries: [ManifestEntry] = [
            .init(path: "plain", kind: .file, size: .max, hash: .ofNothing(.blake3)),
            .init(path: "older", kind: .file, size: 7, hash: Self.hash(.sha256)),
            .init(path: "we\tird\"\\/\u{1F600}\r\n", kind: .file, executable: true, size: 1),
            .init(path: "e\u{301}", kind: .dir), .init(path: "é", kind: .dir),
            .init(path: "l", kind: .link, target: "é/\""),
        ]
        for entry in entries { #expect(try ManifestCoding.entry(line: ManifestCoding.line(entry)) == entry) }
        #expect(entries[2] != entries[3], "two spellings are two paths")
    }

    @Test func otherSpellingsOfTheSameEntry() throws {
        let expected = ManifestEntry(path: "a/é\u{1F600}", kind: .file, size: 7)
        for text in [
            " { \"size\" : 7 , \"type\":\"file\",\"path\":\"a\\/\\u00e9\\ud83d\\uDE00\" } \r\n",
            "{\"path\":\"a/é😀\",\"executable\":false,\"type\":\"file\",\"size\":7}",
        ] { #expect(try ManifestCoding.entry(line: Array(text.utf8)) == expected) }
    }

    @Test(arguments: [
        "", "{}", "[]", "null", "\"a\"", "{", "{\"path\":\"a\"", "{\"path\":\"a\",\"type\":\"dir\",}",
        "{\"path\":\"a\",\"type\":\"dir\"} x", "{\"path\":\"a\",\"type\":\"dir\"}{}",
        "{\"path\":\"a\" \"type\":\"dir\"}",
        "{path:\"a\",\"type\":\"dir\"}", "{\"path\":\"a\"}", "{\"type\":\"dir\"}", "{\"path\":\"a\",\"type\":\"file\"}",
        "{\"path\":\"a\",\"type\":\"device\"}", "{\"path\":\"a\",\"type\":1}", "{\"path\":null,\"type\":\"dir\"}",
        "{\"path\":\"a\",\"type\":\"dir\",\"mode\":1}", "{\"path\":\"a\",\"path\":\"b\",\"type\":\"dir\"}",
        "{\"path\":\"a\",\"type\":\"dir\",\"type\":\"dir\"}", "{\"path\":\"a\",\"type\":\"dir\",\"size\":0}",
        "{\"path\":\"a\",\"type\":\"dir\",\"target\":\"b\"}", "{\"path\":\"a\",\"type\":\"link\"}",
        "{\"path\":\"a\",\"type\":\"link\",\"target\":\"b\",\"size\":1}",
        "{\"path\":\"a\",\"type\":\"file\",\"size\":1,\"target\":\"b\"}",
        "{\"path\":\"a\",\"type\":\"file\",\"size\":-1}", "{\"path\":\"a\",\"type\":\"file\",\"size\":+1}",
        "{\"path\":\"a\",\"type\":\"file\",\"size\":1.0}", "{\"path\":\"a\",\"type\":\"file\",\"size\":1e3}",
        "{\"path\":\"a\",\"type\":\"file\",\"size\":01}", "{\"path\":\"a\",\"type\":\"file\",\"size\":\"1\"}",
        "{\"path\":\"a\",\"type\":\"file\",\"size\":9223372036854775808}",
        "{\"path\":\"a\",\"type\":\"file\",\"size\":}",
        "{\"path\":\"a\",\"type\":\"file\",\"size\":1,\"executable\":1}",
        "{\"path\":\"a\",\"type\":\"file\",\"size\":1,\"executable\":\"true\"}",
        "{\"path\":\"a\",\"type\":\"file\",\"size\":1,\"blake3\":\"ab\"}",
        "{\"path\":\"a\",\"type\":\"file\",\"size\":1,\"blake3\":\"\(hash)\",\"sha256\":\"\(hash)\"}",
        "{\"path\":\"a\",\"type\":\"file\",\"size\":1,\"blake3\":\"\(hash)\",\"blake3\":\"\(hash)\"}",
        "{\"path\":\"a\",\"type\":\"dir\",\"blake3\":\"\(hash)\"}",
        "{\"path\":\"a\",\"type\":\"file\",\"size\":1,\"sha256\":\"ab\"}",
        "{\"path\":\"a\",\"type\":\"file\",\"size\":1,\"sha256\":\"\(String(repeating: "0F", count: 32))\"}",
        "{\"path\":\"a\",\"type\":\"file\",\"size\":1,\"sha256\":\"\(String(repeating: "0f", count: 33))\"}",
        "{\"path\":\"a\",\"type\":\"file\",\"size\":1,\"sha256\":null}", "{\"path\":\"a\\x\",\"type\":\"dir\"}",
        "{\"path\":\"\\ud800\",\"type\":\"dir\"}", "{\"path\":\"\\udc00\\ud800\",\"type\":\"dir\"}",
        "{\"path\":\"\\u12\",\"type\":\"dir\"}",
        "{\"path\":\"\\u00g0\",\"type\":\"dir\"}", "{\"path\":\"a\tb\",\"type\":\"dir\"}", "{\"path\":\"a",
    ])
    func refused(text: String) {
        let error = #expect(throws: FloydError.self) { try ManifestCoding.entry(line: Array(text.utf8)) }
        #expect(error?.code == .invalidRequest)
    }

    @Test func bytesThatAreNotUTF8AreRefused() {
        for bytes: [UInt8] in [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80]] {
            let line = Array("{\"type\":\"dir\",\"path\":\"".utf8) + bytes + Array("\"}".utf8)
            #expect(throws: FloydError.self) { try ManifestCoding.entry(line: line) }
        }
    }

    /// Whatever is changed in a line: an entry or an error, and what is accepted has one canonical form.
    @Test func mutatedLines() throws {
        let seed = ManifestCoding.line(
            .init(path: "a/\"é\\u", kind: .file, executable: true, size: 42, hash: .ofNothing(.blake3))
        )
        var flaws: [[UInt8]] = []
        for index in seed.indices {
            for byte in UInt8.min...UInt8.max {
                var line = seed
                line[index] = byte
                guard let entry = try? ManifestCoding.entry(line: line) else { continue }
                if try ManifestCoding.entry(line: ManifestCoding.line(entry)) != entry { flaws.append(line) }
            }
            let isCut = index < seed.count - 1
            if isCut, (try? ManifestCoding.entry(line: Array(seed[..<index]))) != nil { flaws.append(seed) }
        }
        #expect(flaws.isEmpty)
    }
}
