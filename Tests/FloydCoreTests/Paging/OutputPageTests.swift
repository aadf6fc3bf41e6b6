import FloydAPI
import FloydModel
import FloydRun
import FloydStore
import Foundation
import Testing

@testable import FloydCore

/// Pages of what a job left, which it may go on changing.
@Suite struct OutputPageTests {
    private struct Output {
        let world: World
        let job: JobRecord

        static func with(_ paths: [String], _ body: (Output) async throws -> Void) async throws {
            try await World.with { world in
                let output = Output(world: world, job: try await world.running())
                try FileManager.default.createDirectory(atPath: output.folder, withIntermediateDirectories: true)
                for path in paths { try output.write(path) }
                try await body(output)
            }
        }

        var folder: String { world.run(of: job).output }

        /// By the bytes of its name, which Foundation might compose anew.
        func write(_ path: String) throws {
            var made = folder
            for part in path.split(separator: "/").dropLast() {
                made += "/\(part)"
                guard mkdir(made, 0o755) == 0 || errno == EEXIST else { throw POSIXError(.EIO) }
            }
            let descriptor = open("\(folder)/\(path)", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw POSIXError(.EIO) }
            close(descriptor)
        }

        func remove(_ path: String) throws {
            try FileManager.default.removeItem(atPath: "\(folder)/\(path)")
        }

        func page(_ cursor: String? = nil, limit: Int = 100, as account: Account? = nil) async throws -> OutputResponse
        {
            let page = try PageRequest(cursor: cursor, limit: limit)
            return try await world.outputs.list(Reference(.id(job.id)), page: page, as: account ?? world.alice)
        }

        /// All pages one after another, as bytes: to strings, an accent and its letter are one with the letter that has it.
        func walk(limit: Int, between: (Int) throws -> Void = { _ in }) async throws -> [[UInt8]] {
            var paths: [[UInt8]] = []
            var cursor: String?
            var pages = 0
            repeat {
                let page = try await page(cursor, limit: limit)
                #expect(page.files.count == limit || page.next == nil)
                paths += page.files.map { Array($0.path.utf8) }
                cursor = page.next
                pages += 1
                try #require(pages < 1_000, "the pages have no end")
                try between(pages)
            } while cursor != nil
            return paths
        }
    }

    private static func isSorted(_ paths: [[UInt8]]) -> Bool {
        zip(paths, paths.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) }
    }

    @Test func theFirstAMiddleAndTheLastPage() async throws {
        try await Output.with(["a", "b", "c", "d", "e", "f", "g"]) { output in
            try #require(mkfifo("\(output.folder)/pipe", 0o644) == 0)
            let first = try await output.page(limit: 3)
            #expect(first.files.map(\.path) == ["a", "b", "c"] && first.next == "c")
            let middle = try await output.page(first.next, limit: 3)
            #expect(middle.files.map(\.path) == ["d", "e", "f"] && middle.next == "f")
            let last = try await output.page(middle.next, limit: 3)
            #expect(last.files.map(\.path) == ["g"] && last.next == nil)
            // What can't be served is said once.
            #expect(first.skipped.isEmpty && middle.skipped.isEmpty && last.skipped.map(\.path) == ["pipe"])
        }
    }

    @Test(arguments: [(6, "f"), (7, nil), (8, nil)] as [(Int, String?)])
    func aPageThatIsJustFullIsTheLast(limit: Int, next: String?) async throws {
        try await Output.with(["a", "b", "c", "d", "e", "f", "g"]) { output in
            let page = try await output.page(limit: limit)
            #expect(page.files.count == min(limit, 7) && page.next == next)
            #expect(try await output.page("f", limit: 1).next == nil)
        }
    }

    @Test(arguments: [1, 2, 3, 4, 7, 500]) func pagesTogetherAreTheWholeInTheOrderOfBytes(limit: Int) async throws {
        // A folder stands before what is in it, and between them whatever has a byte less than a slash.
        let paths = ["a/x", "a/y/z", "a.b", "a-b", "a0", "A", "b", "ab/c"]
        try await Output.with(paths) { output in
            let whole = try await output.world.outputs.list(Reference(.id(output.job.id)), as: output.world.alice)
            let walked = try await output.walk(limit: limit)
            #expect(walked == whole.files.map { Array($0.path.utf8) })
            #expect(Self.isSorted(walked))
            #expect(Set(walked).isSuperset(of: paths.map { Array($0.utf8) }))
            #expect(whole.next == nil)
        }
    }

    @Test func aCursorHoldsItsPlaceWhenItsEntryIsGone() async throws {
        try await Output.with(["a", "b", "sub/x", "sub/y", "t", "u"]) { output in
            let first = try await output.page(limit: 2)
            #expect(first.next == "b")
            try output.remove("b")
            #expect(try await output.page(first.next, limit: 2).files.map(\.path) == ["sub", "sub/x"])
            // With all of the folder around it.
            try output.remove("sub")
            let rest = try await output.page("sub/x", limit: 2)
            #expect(rest.files.map(\.path) == ["t", "u"] && rest.next == nil)
            // And with everything that stood behind it.
            try output.remove("t")
            try output.remove("u")
            let nothing = try await output.page("sub/x", limit: 2)
            #expect(nothing.files.isEmpty && nothing.next == nil)
        }
    }

    @Test(arguments: ["", "/", "/etc/passwd", "//"]) func aCursorThatCanBeNoPathIsRefused(cursor: String) async throws {
        try await Output.with(["a"]) { output in
            let error = try await failure { _ = try await output.page(cursor) }
            #expect(error?.code == .invalidRequest && error?.fields.map(\.name) == ["cursor"])
            // Whose job it is comes before.
            #expect(try await code { _ = try await output.page(cursor, as: output.world.bob) } == .jobNotFound)
        }
    }

    @Test(
        arguments: [
            ("..", ["a", "b"]), ("../../../etc/passwd", ["a", "b"]), ("a/../a", ["b"]), ("aa", ["b"]),
            ("a\u{0}", ["b"]),
            ("%61", ["a", "b"]), ("b", []), ("zzz", []), ("\u{10FFFF}", []),
            (String(repeating: "a", count: 5_000), ["b"]),
        ]
    )
    func aMadeUpCursorIsAPlaceInTheOrderAndNothingElse(cursor: String, rest: [String]) async throws {
        try await Output.with(["a", "b"]) { output in
            let page = try await output.page(cursor)
            #expect(page.files.map(\.path) == rest && page.next == nil)
        }
    }

    @Test func aPageOfTheMostThatMayBeAskedFor() async throws {
        let names = (0...PageRequest.maximumLimit).map { String(format: "%04d", $0) }
        try await Output.with(names) { output in
            let first = try await output.page(limit: PageRequest.maximumLimit)
            #expect(first.files.count == PageRequest.maximumLimit && first.next == "0499")
            let last = try await output.page(first.next, limit: PageRequest.maximumLimit)
            #expect(last.files.map(\.path) == ["0500"] && last.next == nil)
        }
    }

    @Test func whatIsThereAllTheTimeComesOnceWhateverElseComesAndGoes() async throws {
        let kept = (0..<20).map { "kept-\(10 + $0)" }
        try await Output.with(kept + ["gone-1", "gone-2", "z-gone"]) { output in
            let walked = try await output.walk(limit: 3) { page in
                // Before the place, at it and behind it.
                try output.write("kept-\(9 + page).new")
                try output.write("added-\(page)")
                try output.write("z-\(page)/deep")
                if page == 1 { try output.remove("gone-1") }
                if page == 2 { try output.remove("z-gone") }
                if page > 2 { try output.remove("z-\(page - 2)") }
                if page > 12 { try output.remove("added-\(page - 1)") }
                // It would never end: each page has one more behind it.
                if page > 30 {
                    for name in try FileManager.default.contentsOfDirectory(atPath: output.folder)
                    where name.hasPrefix("z-") { try output.remove(name) }
                }
            }
            #expect(Self.isSorted(walked), "a page goes back")
            let seen = walked.map { String(decoding: $0, as: UTF8.self) }.filter { kept.contains($0) }
            #expect(seen == kept)
        }
    }

    @Test(arguments: [1, 2, 5]) func namesThatNeedEncodingArePassedOnAsTheyAre(limit: Int) async throws {
        // The two cafes are one to strings, and two files.
        let names = [
            "caf\u{e9}", "cafe\u{301}", "a b", "100%", "%2e%2e", "a&b=c", "a+b", "#x", "?", "quote\"", "back\\slash",
            "new\nline", "日本語", "\u{1F600}", "sub dir/a?b", " ", "~",
        ]
        try await Output.with(names) { output in
            let walked = try await output.walk(limit: limit)
            #expect(Self.isSorted(walked))
            #expect(Set(walked) == Set((names + ["sub dir"]).map { Array($0.utf8) }))
        }
    }
}
