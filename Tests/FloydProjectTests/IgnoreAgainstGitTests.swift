import Foundation
import Testing

@testable import FloydProject

/// Every verdict is compared with that of `git check-ignore` over the same files.
struct IgnoreAgainstGitTests {
    /// Paths of the tree that every ignore file is tried on; a slash at the end makes a folder.
    static let paths: [String] = {
        let parts = [
            "a", "b", "foo", "foo.txt", "bar", "foobar", "a-b", "x y", "é", "[a]", "!x", "#h", "a*b", "lib", "end ",
        ]
        var paths: [String] = []
        for first in parts {
            paths.append("\(first)/")
            for second in parts.prefix(8) {
                paths.append("\(first)/\(second)/")
                for third in ["foo", "bar", "foo.txt", "a", "A", "b1", "b-", "]x", "\\y", "tail "] {
                    paths.append("\(first)/\(second)/\(third)")
                }
            }
            for name in ["foo.pyc", "z", "aXb", "a.b", "A1", "^q"] { paths.append("\(first)/\(name)") }
        }
        return paths + ["top", "top.txt", "file ", "tab\t", "q?", "back\\slash", "deep/er/still/foo", "deep/er/foo"]
    }()

    static let lists: [[String]] = [
        ["foo"], ["/foo"], ["foo/"], ["/foo/"], ["a/foo"], ["a/foo/"], ["**/foo"], ["foo/**"], ["a/**/foo"], ["a/**"],
        ["**"], ["*"],
        ["/*"], ["*/"], ["/*/"], ["*/foo"], ["a/*"], ["a/*/foo"], ["a/**/"], ["**/"], ["**/foo/**"], ["**/b/**/foo"],
        ["foo**"], ["**foo"],
        ["a/b**"], ["a/**b"], ["foo**/bar"], ["a**/foo"], ["a/f**/x"], ["***/foo"], ["a/***/foo"], ["**\\/foo"],
        ["a/**\\/foo"],
        ["*.txt"], ["*.pyc"], ["foo.*"], ["f*"], ["*o"], ["*o*"], ["f?o"], ["???"], ["?"], ["a?b"], ["a*b"], ["a\\*b"],
        ["[ab]"], ["[a-c]"],
        ["[!a]"], ["[^a]"], ["[]]x"], ["[]x]*"], ["[!]]x"], ["[a-]"], ["b[-]"], ["b[0-9]"], ["b[!0-9]"],
        ["[[:upper:]]"], ["[[:alpha:]][[:digit:]]"],
        ["[[:foo:]]"], ["[[:alpha:]"], ["[[:x]*"], ["[a"], ["[]"], ["[!]"], ["foo\\"], ["\\foo"], ["\\!x"], ["!x"],
        ["\\#h"], ["#h"], ["\\[a\\]"],
        ["[\\[]a]"], ["[[]a]"], ["[z-a]"], ["[a-c-e]"], ["[\\a-\\c]"], ["[+--]"], ["b[\\-]"], ["[a-\\]]*"], ["x y"],
        ["x\\ y"],
        ["end "], ["end\\ "], ["end\\  "], ["file\\ "], ["file \\ "], ["tail "], ["tab\t"], ["tab\t "],
        ["back\\\\slash"], ["q\\?"], ["q[?]"],
        ["é"], ["?"], ["??"], ["\u{FEFF}foo"], ["foo\r"], ["\r"], [""], ["/"], ["//"], ["!"], ["!/"], ["./foo"],
        ["a//foo"], ["a/./foo"],
        ["*", "!foo"], ["*", "!*/", "!foo"], ["a/", "!a/foo.txt"], ["a/*", "!a/foo.txt"], ["foo", "!foo", "foo"],
        ["!foo", "foo"],
        ["*", "!a/", "!a/**"], ["/*", "!/a", "/a/*", "!/a/b"], ["*.txt", "!foo.txt"], ["**/foo.txt", "!a/**/foo.txt"],
        ["a/b/", "!a/b/foo"],
        ["a/[ab]/foo"], ["a/?/foo"], ["a[/]foo"], ["a[!x]foo"], ["a?foo"], ["a/b/f*o"], ["*/*/foo"], ["*/*"], ["/*/*/"],
        ["a/*/**/foo"],
        ["a/**/**/foo"], ["**/**"], ["**/*"], ["**/*.txt"], ["/**"], ["/**/foo"], ["/**/"], ["deep/**/foo"],
        ["deep/*/foo"], ["deep/**"],
        ["*a*b*"], ["*a*a*a*b"], ["[a-z]*[!a-z]*"], ["*[.]*"], ["foo.tx[t]"], ["lib"], ["lib/"], ["/lib"],
        ["#", "#foo", "foo"], ["foo#"],
    ]

    @Test func everyListOnItsOwn() throws {
        let repository = try GitRepository(paths: Self.paths)
        for list in Self.lists {
            try repository.compare(["": list.joined(separator: "\n") + "\n"], with: Self.paths)
        }
    }

    @Test func withoutALastNewlineAndWithWindowsOnes() throws {
        let repository = try GitRepository(paths: Self.paths)
        for list in [["foo", "a/b"], ["*.txt", "!foo.txt"], ["x y", "end "], ["foo\\", "a"]] {
            try repository.compare(["": list.joined(separator: "\n")], with: Self.paths)
            try repository.compare(["": list.joined(separator: "\r\n")], with: Self.paths)
            try repository.compare(["": list.joined(separator: "\r\n") + "\r\n"], with: Self.paths)
        }
    }

    @Test func filesInFoldersOverruleThoseAbove() throws {
        let repository = try GitRepository(paths: Self.paths)
        let tables: [[String: String]] = [
            ["": "foo\n", "a": "!foo\n"],
            ["": "!foo\n", "a": "foo\n", "a/b": "!foo\n"],
            ["": "*\n!*/\n", "a": "!foo.txt\n"],
            ["": "a/\n", "a": "!*\n"],
            ["a": "/foo\nb/foo.txt\n"],
            ["a": "*\n", "a/b": "!*\n"],
            ["a": "*\n!b/\n", "a/b": "!foo\n"],
            ["b": "**/foo\n/a/*\n!/a/bar\n", "": "*.txt\n"],
            ["a/b": "*.txt\n../foo\n", "a": "!/b/foo.txt\n"],
            ["x y": "a/**/foo\n", "é": "?\n"],
        ]
        for table in tables { try repository.compare(table, with: Self.paths) }
    }

    /// Lists made from fragments by a fixed sequence of pseudo-random numbers.
    @Test func generatedLists() throws {
        let repository = try GitRepository(paths: Self.paths)
        var random = SplitMix(state: 2026)
        let fragments = [
            "a", "b", "foo", "bar", "*", "**", "?", "/", "/", "/", "[ab]", "[!b]", "\\", ".txt", "o", "f", "!", " ",
            "[", "]", "-", "[[:alpha:]]",
            "**/", "/**", "/*", "x y", ".", "é",
        ]
        for _ in 0..<60 {
            var tables: [String: String] = [:]
            for folder in ["", "a", "a/b"] where folder.isEmpty || random.next() % 3 == 0 {
                let lines = (0..<(1 + random.next() % 6)).map { _ in
                    (0..<(1 + random.next() % 5)).map { _ in fragments[Int(random.next() % UInt64(fragments.count))] }
                        .joined()
                }
                tables[folder] = lines.joined(separator: "\n") + "\n"
            }
            try repository.compare(tables, with: Self.paths)
        }
    }
}

/// A repository whose ignore files stand in as `.gitignore` for git and `.floydignore` for us.
private final class GitRepository {
    private let scratch = try? Scratch()
    private let root: String
    private var written: [String] = []

    init(paths: [String]) throws {
        root = try #require(scratch).path
        try Self.run(["init", "-q", root], in: root, input: "")
        try? FileManager.default.removeItem(atPath: "\(root)/.git/info/exclude")
        for path in paths where path.hasSuffix("/") {
            try FileManager.default.createDirectory(atPath: "\(root)/\(path)", withIntermediateDirectories: true)
        }
        for path in paths where !path.hasSuffix("/") {
            let parent = ("\(root)/\(path)" as NSString).deletingLastPathComponent
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            // Some paths are folders already.
            if !FileManager.default.fileExists(atPath: "\(root)/\(path)") {
                try Data().write(to: URL(fileURLWithPath: "\(root)/\(path)"))
            }
        }
    }

    func compare(_ lists: [String: String], with paths: [String]) throws {
        for file in written { try FileManager.default.removeItem(atPath: file) }
        written = []
        for (folder, text) in lists {
            for name in [".gitignore", ".floydignore"] {
                let file = "\(root)/\(folder.isEmpty ? "" : folder + "/")\(name)"
                try Data(text.utf8).write(to: URL(fileURLWithPath: file))
                written.append(file)
            }
        }
        let asked = paths.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        let input = asked.joined(separator: "\0") + "\0"
        let output = try Self.run(["check-ignore", "--no-index", "--stdin", "-z"], in: root, input: input)
        let ignoredByGit = Set(output.split(separator: 0).map { Array($0) })
        let rules = try IgnoreRules(folder: root)
        var differences: [String] = []
        for path in asked {
            var isFolder: ObjCBool = false
            try #require(FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isFolder))
            let ours = rules.ignores(path: path, isDirectory: isFolder.boolValue)
            if ours != ignoredByGit.contains(Array(path.utf8)) { differences.append("\(path): ours \(ours)") }
        }
        #expect(differences.isEmpty, "\(lists)")
    }

    @discardableResult
    private static func run(_ arguments: [String], in folder: String, input: String) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git", "-C", folder, "-c", "core.excludesFile=/dev/null"] + arguments
        process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder, "GIT_CONFIG_NOSYSTEM": "1"]
        let (stdin, stdout) = (Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = FileHandle.nullDevice
        try process.run()
        // git answers while it is still asked, so both pipes must move at once.
        let writer = Thread {
            try? stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            try? stdin.fileHandleForWriting.close()
        }
        writer.start()
        let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return output
    }
}

private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
