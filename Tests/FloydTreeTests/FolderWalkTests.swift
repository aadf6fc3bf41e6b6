import Foundation
import FloydModel
import Testing

@testable import FloydTree

struct FolderWalkTests {
    private func walk(_ scratch: Scratch, ignoring: (String, Bool) -> Bool = { _, _ in false }) throws
        -> [ManifestEntry]
    {
        try FolderWalk.entries(of: scratch.path, ignoring: ignoring)
    }

    @Test func everythingInManifestOrder() throws {
        let scratch = try Scratch()
        for name in ["a/x", "a-b", "a.txt", "a/y/z", "a0", "b", "a/y-", "é"] { try scratch.write(name, to: name) }
        try scratch.folder("empty/inner")
        try scratch.link("a/up", to: "../b")
        try scratch.link("dangling", to: "nowhere")
        try scratch.link("folder", to: "a")
        chmod("\(scratch.path)/b", 0o755)
        let entries = try walk(scratch)
        #expect(
            entries.map(\.path) == [
                "a", "a-b", "a.txt", "a/up", "a/x", "a/y", "a/y-", "a/y/z", "a0", "b", "dangling", "empty",
                "empty/inner", "folder", "é",
            ]
        )
        #expect(entries.filter { $0.kind == .link }.map(\.target) == ["../b", "nowhere", "a"])
        #expect(entries.filter(\.executable).map(\.path) == ["b"])
        #expect(entries.first { $0.path == "a/y/z" }?.size == 5)
        var reader = ManifestReader()
        for entry in entries { try reader.feed(ManifestCoding.line(entry)) { _, _ in } }
        #expect(reader.count == entries.count)
    }

    @Test func nothingBelowAnIgnoredFolderIsLookedAt() throws {
        let scratch = try Scratch()
        try scratch.write("", to: "keep")
        try scratch.write("", to: "out/deep/file")
        #expect(mkfifo("\(scratch.path)/out/pipe", 0o600) == 0)
        var asked: [String] = []
        let entries = try walk(scratch) { path, isFolder in
            asked.append(path + (isFolder ? "/" : ""))
            return path == "out"
        }
        #expect(entries.map(\.path) == ["keep"])
        #expect(Set(asked) == ["keep", "out/"])
    }

    @Test func refusedByName() throws {
        for make: (Scratch) throws -> Void in [
            { #expect(mkfifo("\($0.path)/bad", 0o600) == 0) }, { try $0.link("bad", to: "/etc/passwd") },
            { try $0.link("bad", to: "../x") },
        ] {
            let scratch = try Scratch()
            try make(scratch)
            let error = #expect(throws: FloydError.self) { try walk(scratch) }
            #expect(error?.message.contains("\"bad\"") == true)
            #expect(try walk(scratch) { path, _ in path == "bad" }.isEmpty)
        }
    }

    @Test func socketsAndNamesThatAreNotUTF8() throws {
        let scratch = try Scratch()
        let raw = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(raw) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array("\(scratch.path)/s".utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(raw, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(isBound == 0)
        #expect(throws: FloydError.self) { try walk(scratch) }
        #expect(try walk(scratch) { path, _ in path == "s" }.isEmpty)
        let name = Array("\(scratch.path)/x".utf8) + [0xFF, 0]
        let file = name.withUnsafeBytes {
            open($0.bindMemory(to: CChar.self).baseAddress.unsafelyUnwrapped, O_CREAT | O_WRONLY, 0o600)
        }
        close(file)
        let error = #expect(throws: FloydError.self) { try walk(scratch) { path, _ in path == "s" } }
        #expect(error?.message.contains("UTF-8") == true)
    }

    @Test(.enabled(if: geteuid() != 0)) func whatCannotBeReadIsNamed() throws {
        let scratch = try Scratch()
        try scratch.write("", to: "secret")
        chmod("\(scratch.path)/secret", 0)
        #expect(throws: FloydError.self) { try walk(scratch) }
    }

    @Test func anAbsentFolderIsAnError() throws {
        let error = #expect(throws: FloydError.self) { try FolderWalk.entries(of: "/nowhere/at/all") { _, _ in false } }
        #expect(error?.code == .localFile)
    }

    @Test func stampsComeWithFiles() throws {
        let scratch = try Scratch()
        try scratch.write("abc", to: "d/f")
        var stamps: [String: FileStamp?] = [:]
        try FolderWalk.forEachEntry(of: scratch.path, ignoring: { _, _ in false }) { entry, stamp in
            stamps[entry.path] = stamp
        }
        #expect(stamps["d/f"] == FileStamp(path: "\(scratch.path)/d/f"))
        #expect(stamps["d"] == .some(.none))
    }
}
