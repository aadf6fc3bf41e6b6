import FloydConformance
import Foundation
import Testing

/// Large files of which little has changed, with the real programs.
@Suite(.scene, .tags(.integration))
struct DifferenceTests {
    /// Lines of which no two are alike.
    private static let text = (0..<150_000).map { "\($0) \($0 &* 2_654_435_761 % 4_294_967_291)\n" }.joined()

    @Test("Of a large file that has changed only what is new is sent, also when it has moved")
    func changed() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try alice.write(Self.text, to: "folder/model/weights.bin")
        try alice.write(String(Self.text.reversed()), to: "folder/other")
        try await alice.succeed("upload", "large", in: "folder")

        let middle = Self.text.index(Self.text.startIndex, offsetBy: 1_500_000)
        let states = [
            ("folder/model/weights.bin", "a line more\n" + Self.text),
            ("folder/model/weights.bin", Self.text[..<middle] + "in the middle\n" + Self.text[middle...]),
            ("folder/old/weights.bin", "moved, and longer\n" + Self.text + Self.text),
            ("folder/old/weights.bin", String(Self.text[..<middle])),
        ]
        for (number, (path, text)) in states.enumerated() {
            try? FileManager.default.removeItem(atPath: "\(alice.folder)/folder/model")
            try alice.write(text, to: path)
            let preview = try await alice.json("data", "upload", "--dry-run", in: "folder")
            #expect(preview["files_to_send"]?.integer == 1)
            #expect(preview["bytes_to_send"]?.integer ?? .max < 600_000, "state \(number)")
            try await alice.succeed("data", "upload", in: "folder")
            let name = path.split(separator: "/").dropFirst().joined(separator: "/")
            try await alice.succeed("data", "getfile", "large/\(number + 2)", name, "--into", "back-\(number)")
            #expect(try alice.read("back-\(number)") == text)
        }
    }

    /// What the server has may have been damaged on its disk since.
    @Test("A damaged file on the server damages no new one")
    func damaged() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try alice.write(Self.text, to: "folder/weights.bin")
        try await alice.succeed("upload", "large", in: "folder")
        let contents = "\(server.dataFolder)/blobs/contents"
        let paths = try FileManager.default.subpathsOfDirectory(atPath: contents).filter { $0.utf8.count > 3 }
        let path = "\(contents)/\(try #require(paths.first))"
        #expect(paths.count == 1)
        try alice.write(Self.text + "more\n", to: "folder/weights.bin")
        // The list of its blocks is made before.
        _ = try await alice.json("data", "upload", "--dry-run", in: "folder")
        chmod(path, 0o644)
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes[1_000_000] ^= 1
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.write(contentsOf: bytes)
        try file.close()
        let outcome = try await alice.floydlite("data", "upload", in: "folder")
        #expect(outcome.status == 0)
        #expect(outcome.errorText.contains("sending whole files"))
        try await alice.succeed("data", "getfile", "large/2", "weights.bin", "--into", "back")
        #expect(try alice.read("back") == Self.text + "more\n")
    }
}
