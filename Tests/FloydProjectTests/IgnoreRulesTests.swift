import Foundation
import FloydModel
import Testing

@testable import FloydProject

struct IgnoreRulesTests {
    @Test func gitFoldersAreAlwaysLeftOut() throws {
        let scratch = try Scratch()
        try scratch.write("!.git\n!.git/**\n", to: ".floydignore")
        let rules = try IgnoreRules(folder: scratch.path)
        #expect(rules.ignores(path: ".git", isDirectory: true))
        #expect(rules.ignores(path: ".git/config", isDirectory: false))
        #expect(rules.ignores(path: "sub/module/.git", isDirectory: false))
        #expect(!rules.ignores(path: ".gitignore", isDirectory: false))
        #expect(!rules.ignores(path: "x.git", isDirectory: true))
    }

    @Test func aFolderWithoutRulesIgnoresNothing() throws {
        let scratch = try Scratch()
        let rules = try IgnoreRules(folder: scratch.path)
        #expect(!rules.ignores(path: "a/b.pyc", isDirectory: false))
    }

    @Test func oneThatCannotBeReadIsAnError() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(
            atPath: "\(scratch.path)/.floydignore",
            withIntermediateDirectories: true
        )
        #expect(throws: FloydError.self) { try IgnoreRules(folder: scratch.path) }
    }

    @Test func linksAndFIFOsInFoldersCountAsAbsent() throws {
        let scratch = try Scratch()
        try scratch.write("*\n", to: "rules")
        try scratch.write("", to: "a/x")
        try scratch.write("", to: "b/x")
        try FileManager.default.createSymbolicLink(
            atPath: "\(scratch.path)/a/.floydignore",
            withDestinationPath: "../rules"
        )
        #expect(mkfifo("\(scratch.path)/b/.floydignore", 0o600) == 0)
        let rules = try IgnoreRules(folder: scratch.path)
        #expect(!rules.ignores(path: "a/x", isDirectory: false))
        #expect(!rules.ignores(path: "b/x", isDirectory: false))
    }

    @Test func manyStarsTakeNoTime() {
        let glob = Glob(Array((String(repeating: "*a", count: 40) + "b").utf8)[...], hasParts: true)
        let duration = ContinuousClock().measure {
            #expect(!glob.matches(Array(String(repeating: "a", count: 250).utf8)))
        }
        #expect(duration < .seconds(5))
    }
}
