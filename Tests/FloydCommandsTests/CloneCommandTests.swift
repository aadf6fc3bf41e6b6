import FloydAPI
import FloydModel
import FloydTree
import Foundation
import Testing

@testable import FloydCommands

/// A tree that a fake server has, with ranges and tags as the real one answers them.
private struct ServedTree {
    var entries: [ManifestEntry] = []
    var contents: [UInt8] = []
    var files: [String: [UInt8]] = [:]

    mutating func file(_ path: String, _ text: String, executable: Bool = false) {
        let bytes = Array(text.utf8)
        files[path] = bytes
        entries.append(
            .init(
                path: path,
                kind: .file,
                executable: executable,
                size: Int64(bytes.count),
                hash: FileHasher.hash(bytes, .blake3)
            )
        )
    }

    mutating func folder(_ path: String) { entries.append(.init(path: path, kind: .dir)) }
    mutating func link(_ path: String, _ target: String) {
        entries.append(.init(path: path, kind: .link, target: target))
    }

    /// In the order of manifests.
    mutating func sort() {
        entries.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        contents = entries.flatMap { files[$0.path] ?? [] }
    }

    var manifest: [UInt8] { entries.flatMap { ManifestCoding.line($0) } }
    var digest: String { Hex.string(FileHasher.sha256(manifest)) }

    private static func answer(
        _ bytes: [UInt8],
        _ tag: String,
        _ request: FakeServer.Request
    ) -> FakeServer.Answer {
        let tag = "\"\(tag)\""
        let all = ["etag": tag, "content-length": "\(bytes.count)"]
        guard let range = request.headers["Range"], request.headers["If-Range"] ?? tag == tag else {
            return (200, all, request.method == "HEAD" ? [] : bytes)
        }
        let bounds = range.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        let start = Int(bounds[0]) ?? 0
        let end = Int(bounds[1]).map { $0 + 1 } ?? bytes.count
        let fields = ["etag": tag, "content-range": "bytes \(start)-\(end - 1)/\(bytes.count)"]
        return (206, fields, Array(bytes[start..<end]))
    }

    func serve(at base: String, on server: FakeServer) {
        let (manifest, digest, contents) = (manifest, digest, contents)
        server.on("GET \(base)/manifest") { Self.answer(manifest, digest, $0) }
        server.on("GET \(base)/contents") { Self.answer(contents, digest, $0) }
        for (path, bytes) in files {
            let address = APIPath.file(path, of: base)
            let hash = FileHasher.hash(bytes, .blake3).description
            server.on("GET \(address)") { Self.answer(bytes, hash, $0) }
            server.on("HEAD \(address)") { Self.answer(bytes, hash, $0) }
        }
    }
}

@Suite struct CloneCommandTests {
    private let base = "/api/v1/dataset-versions/\(Sample.id)"

    private var sample: ServedTree {
        var tree = ServedTree()
        tree.folder("a")
        tree.file("a/one", "first")
        tree.file("a/run", "#!/bin/sh", executable: true)
        tree.file("b", "second")
        tree.folder("empty")
        tree.link("l", "a/one")
        tree.file("nothing", "")
        for number in 100..<140 { tree.file("many/\(number)", "number \(number)") }
        tree.sort()
        return tree
    }

    private func world(_ tree: ServedTree) throws -> TestWorld {
        let world = try TestWorld()
        for name in ["modelnet", "modelnet%2F1", "alice%2Fdatasets%2Fmodelnet%2F1"] {
            world.server.on("GET /api/v1/dataset-versions/\(name)", Sample.version())
        }
        tree.serve(at: base, on: world.server)
        return world
    }

    /// What lies in a folder: paths, whether executable, and bytes or target.
    private func found(_ folder: String) throws -> [String] {
        let manager = FileManager.default
        return try manager.subpathsOfDirectory(atPath: folder).sorted().map { path in
            let full = "\(folder)/\(path)"
            var status = stat()
            lstat(full, &status)
            return switch status.st_mode & S_IFMT {
            case S_IFDIR: "\(path)/"
            case S_IFLNK: "\(path) -> \(try manager.destinationOfSymbolicLink(atPath: full))"
            default:
                "\(path)\(status.st_mode & 0o100 != 0 ? "*" : "") "
                    + String(decoding: manager.contents(atPath: full) ?? Data(), as: UTF8.self)
            }
        }
    }

    private func expected(_ tree: ServedTree) -> [String] {
        var lines = tree.entries.map { entry in
            switch entry.kind {
            case .dir: "\(entry.path)/"
            case .link: "\(entry.path) -> \(entry.target ?? "")"
            case .file:
                "\(entry.path)\(entry.executable ? "*" : "") "
                    + String(decoding: tree.files[entry.path] ?? [], as: UTF8.self)
            }
        }
        if tree.entries.contains(where: { $0.path.hasPrefix("many/") }) { lines.append("many/") }
        return lines.sorted()
    }

    @Test func markersOfFoldersAreNotFetched() throws {
        var tree = ServedTree()
        tree.file(".floyddata", "another's")
        tree.folder("a")
        tree.file("a/.floydexpt", "another's")
        tree.file("a/one", "first")
        tree.sort()
        let world = try world(tree)
        let folder = "\(world.context.folder)/out"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(folder)/.floyddata"))
        #expect(world.run("data", "clone", "modelnet", "--into", "out") == 0, "\(world.errors.text)")
        #expect(try found(folder) == [".floyddata mine", "a/", "a/one first"])
    }

    @Test func aDatasetComesWhole() throws {
        let world = try world(sample)
        #expect(world.run("data", "clone", "modelnet", "--into", "here") == 0, "\(world.errors.text)")
        #expect(try found("\(world.folder)/here") == expected(sample))
        #expect(world.server.requests.filter { $0.path.hasSuffix("/contents") }.count == 1)
        #expect(world.output.text.hasPrefix("alice/datasets/modelnet/1: 44 files, "))
    }

    @Test func whatIsThereStays() throws {
        let world = try world(sample)
        #expect(world.run("data", "clone", "modelnet", "--into", "here") == 0)
        let before = world.server.requests.count
        #expect(world.run("data", "clone", "modelnet", "--into", "here") == 0, "\(world.errors.text)")
        let again = world.server.lines[before...]
        #expect(!again.contains { $0.contains("/contents") || $0.contains("/files/") })
        #expect(world.output.text.contains("0 files, 0 B; 44 files were there already"))
        // One file is fetched by itself, a mode is set right without a byte.
        try FileManager.default.removeItem(atPath: "\(world.folder)/here/many/120")
        chmod("\(world.folder)/here/a/run", 0o644)
        chmod("\(world.folder)/here/b", 0o755)
        #expect(world.run("data", "clone", "modelnet", "--into", "here") == 0, "\(world.errors.text)")
        #expect(world.server.lines.last == "GET \(base)/files/many/120")
        #expect(try found("\(world.folder)/here") == expected(sample))
    }

    @Test func filesThatDifferAreRefusedFirst() throws {
        let world = try world(sample)
        try world.write("mine", to: "here/b")
        try world.write("numbER 101", to: "here/many/101")
        #expect(world.run("data", "clone", "modelnet", "--into", "here") == 75)
        #expect(world.errors.text.contains("2 files in") && world.errors.text.contains(": b, many/101"))
        #expect(try found("\(world.folder)/here") == ["b mine", "many/", "many/101 numbER 101"])
        #expect(!world.server.lines.contains { $0.contains("/contents") || $0.contains("/files/") })
        #expect(world.run("data", "clone", "modelnet", "--into", "here", "--force") == 0, "\(world.errors.text)")
        #expect(try found("\(world.folder)/here") == expected(sample))
    }

    @Test func nothingIsWrittenBehindALink() throws {
        for prepare in [
            { world in
                try world.write("x", to: "outside/x"); symlink("../outside", "\(world.folder)/here/a")
            },
            { world in try world.write("a file", to: "here/a") },
            { world in mkfifo("\(world.folder)/here/b", 0o600) },
            { world in try world.write("x", to: "here/b/x") },
            { world in try world.write("x", to: "here/l/x") },
        ] as [(TestWorld) throws -> Void] {
            let world = try world(sample)
            try FileManager.default.createDirectory(atPath: "\(world.folder)/here", withIntermediateDirectories: true)
            try prepare(world)
            let before = try FileManager.default.subpathsOfDirectory(atPath: world.folder).sorted()
            for words in [[], ["--force"]] {
                let words = ["data", "clone", "modelnet", "--into", "here"] + words
                #expect(CommandLineTool.run(words, in: world.context) == 66, "\(world.errors.text)")
            }
            #expect(try FileManager.default.subpathsOfDirectory(atPath: world.folder).sorted() == before)
        }
    }

    @Test func linksAreReplacedNotFollowed() throws {
        let world = try world(sample)
        try world.write("precious", to: "precious")
        try FileManager.default.createDirectory(atPath: "\(world.folder)/here", withIntermediateDirectories: true)
        symlink("../precious", "\(world.folder)/here/b")
        symlink("../precious", "\(world.folder)/here/l")
        #expect(world.run("data", "clone", "modelnet", "--into", "here") == 75)
        #expect(world.run("data", "clone", "modelnet", "--into", "here", "--force") == 0, "\(world.errors.text)")
        #expect(world.read("precious") == "precious")
        #expect(try found("\(world.folder)/here") == expected(sample))
    }

    @Test(arguments: [
        #"{"path":"../evil","type":"file","size":1}"#, #"{"path":"/evil","type":"dir"}"#,
        #"{"path":"a","type":"link","target":"../.."}"#, #"{"path":"a","type":"link","target":"/etc"}"#,
        "{\"path\":\"a\",\"type\":\"link\",\"target\":\"b\"}\n{\"path\":\"a/x\",\"type\":\"dir\"}",
        "{\"path\":\"b\",\"type\":\"dir\"}\n{\"path\":\"a\",\"type\":\"dir\"}", "nonsense",
    ])
    func aServersManifestIsNotTrusted(_ manifest: String) throws {
        let world = try world(sample)
        let bytes = Array("\(manifest)\n".utf8)
        let tag = "\"\(Hex.string(FileHasher.sha256(bytes)))\""
        world.server.on("GET \(base)/manifest") { _ in (200, ["etag": tag], bytes) }
        #expect(world.run("data", "clone", "modelnet", "--into", "here") != 0)
        #expect(try found("\(world.folder)/here").isEmpty)
    }

    @Test func damageIsNoticed() throws {
        let world = try world(sample)
        let tree = sample
        world.server.on("GET \(base)/manifest") { _ in (200, ["etag": "\"\(tree.digest)\""], tree.manifest + [10]) }
        #expect(world.run("data", "clone", "modelnet", "--into", "here") == 65)
        tree.serve(at: base, on: world.server)
        world.server.on("GET \(base)/files/b") { _ in
            (200, ["etag": "\"\(FileHasher.hash(Array("second".utf8), .blake3))\""], Array("sEcond".utf8))
        }
        #expect(world.run("data", "clone", "modelnet", "--path", "b", "--into", "here") == 65)
        #expect(world.errors.text.contains("\"b\" came damaged"))
        #expect(try found("\(world.folder)/here").isEmpty)
    }

    @Test func aPartIsGoneOnWith() throws {
        let world = try world(sample)
        let mark = Hex.string(FileHasher.hash(Array("second".utf8), .blake3).bytes).prefix(32)
        try world.write("sec", to: "here/.floydlite-\(mark).part")
        #expect(world.run("data", "clone", "modelnet", "--path", "./b/", "--into", "here") == 0, "\(world.errors.text)")
        #expect(world.server.requests.last?.headers["Range"] == "bytes=3-")
        #expect(try found("\(world.folder)/here") == ["b second"])
        // What is no beginning of it comes again.
        for flaw in ["sEc", "sEcond", "too long by far"] {
            try FileManager.default.removeItem(atPath: "\(world.folder)/here/b")
            try world.write(flaw, to: "here/.floydlite-\(mark).part")
            #expect(
                world.run("data", "clone", "modelnet", "--path", "b", "--into", "here") == 0,
                "\(world.errors.text)"
            )
            #expect(try found("\(world.folder)/here") == ["b second"])
        }
        // The beginning of a stream, too.
        let first = Hex.string(FileHasher.hash(Array("number 100".utf8), .blake3).bytes).prefix(32)
        for flaw in ["num", "nUm", "number 100", "nUmber 100"] {
            try FileManager.default.removeItem(atPath: "\(world.folder)/here")
            try world.write(flaw, to: "here/many/.floydlite-\(first).part")
            #expect(world.run("data", "clone", "modelnet", "--into", "here") == 0, "\(world.errors.text)")
            #expect(try found("\(world.folder)/here") == expected(sample))
        }
    }

    @Test func partsOfADataset() throws {
        let world = try world(sample)
        #expect(world.run("data", "clone", "modelnet", "--path", "many", "--into", "here") == 0, "\(world.errors.text)")
        #expect(try found("\(world.folder)/here") == expected(sample).filter { $0.hasPrefix("many") })
        #expect(world.run("data", "clone", "modelnet", "--path", "man", "--into", "other") == 68)
        #expect(!FileManager.default.fileExists(atPath: "\(world.folder)/other"))
        #expect(world.run("data", "clone", "modelnet", "--path", "../x", "--into", "other") == 64)
    }

    @Test func filesAreListed() throws {
        let world = try world(sample)
        #expect(world.run("data", "listfiles", "modelnet") == 0, "\(world.errors.text)")
        #expect(world.output.text.hasPrefix("          a/\n     5 B  a/one\n"))
        #expect(world.output.text.contains("          l -> a/one\n"))
        #expect(world.run("data", "listfiles", "modelnet", "--json") == 0)
        let text = world.output.text
        let start = try #require(text.firstIndex(of: "{"))
        let document = try #require(
            try JSONSerialization.jsonObject(with: Data(text[start...].utf8)) as? [String: Any]
        )
        #expect(document["name"] as? String == "alice/datasets/modelnet/1")
        #expect((document["files"] as? [[String: Any]])?.count == sample.entries.count)
    }

    @Test func oneFile() throws {
        let world = try world(sample)
        #expect(world.run("data", "getfile", "modelnet", "a/one") == 0, "\(world.errors.text)")
        #expect(world.read("one") == "first")
        #expect(world.run("data", "getfile", "modelnet", "a/one") == 0)
        try world.write("mine", to: "one")
        #expect(world.run("data", "getfile", "modelnet", "a/one") == 75)
        #expect(world.read("one") == "mine")
        #expect(world.run("data", "getfile", "modelnet", "a/one", "--force") == 0)
        #expect(world.read("one") == "first")
        #expect(world.run("data", "getfile", "modelnet", "b", "--into", "new/name") == 0)
        #expect(world.read("new/name") == "second")
        #expect(world.run("data", "getfile", "modelnet", "b", "--path", "new") == 0)
        #expect(world.read("new/b") == "second")
        world.server.on("HEAD \(base)/files/none") { _ in (404, [:], []) }
        world.server.on("GET \(base)/files/none", fails: FloydError(.notFound, "there is no file \"none\""))
        #expect(world.run("data", "getfile", "modelnet", "none") == 68)
        #expect(world.errors.text.contains("there is no file \"none\""))
    }

    @Test func differences() throws {
        let world = try world(sample)
        var other = sample
        other.files["b"] = nil
        other.entries.removeAll { $0.path == "b" }
        other.file("c", "new")
        other.sort()
        other.serve(at: "/api/v1/dataset-versions/\(Sample.uploadID)", on: world.server)
        var version = Sample.version()
        version.id = Sample.uploadID
        version.name = "alice/datasets/modelnet/2"
        world.server.on("GET /api/v1/dataset-versions/modelnet%2F2", version)
        #expect(world.run("data", "diff", "modelnet/1", "modelnet/2") == 0, "\(world.errors.text)")
        #expect(world.output.text == "- b  (6 B)\n+ c  (3 B)\n")
        #expect(world.errors.text == "1 added, 1 removed, 0 changed\n")
        #expect(world.run("data", "diff", "modelnet/1", "modelnet/1") == 0)
        #expect(world.errors.text.contains("are the same"))
    }

    @Test func theCodeOfAJob() throws {
        let world = try TestWorld()
        world.server.on("GET /api/v1/jobs/classify%2F1", Sample.job(.success))
        sample.serve(at: "/api/v1/jobs/\(Sample.id)/code", on: world.server)
        #expect(world.run("clone", "classify/1", "--into", "code", "--json") == 0, "\(world.errors.text)")
        #expect(try found("\(world.folder)/code") == expected(sample))
        #expect(world.output.text.contains("\"files\" : 44"))
    }

    @Test func theOutputOfAJob() throws {
        let world = try TestWorld()
        let date = Date(timeIntervalSince1970: 1_795_325_000)
        let output = OutputResponse(
            id: Sample.id,
            name: "alice/projects/classify/1/output",
            state: .finished,
            files: [
                .init(path: "empty", type: "dir", size: 0, modified: date),
                .init(path: "m/a", type: "file", size: 1, modified: date),
                .init(path: "m/b", type: "file", size: 1, modified: date),
            ],
            skipped: []
        )
        world.server.on("GET /api/v1/jobs/classify%2F1%2Foutput/output?limit=500", output)
        for name in ["a", "b"] {
            world.server.on("GET /api/v1/jobs/\(Sample.id)/output/m/\(name)") { _ in (200, [:], Array(name.utf8)) }
        }
        #expect(world.run("data", "clone", "classify/1/output", "--into", "out") == 0, "\(world.errors.text)")
        #expect(try found("\(world.folder)/out") == ["empty/", "m/", "m/a a", "m/b b"])
        // The same again fetches nothing; a file that differs is named.
        #expect(world.run("data", "clone", "classify/1/output", "--into", "out") == 0)
        #expect(world.output.text.contains("0 files, 0 B; 2 files were there already"))
        try world.write("x", to: "out/m/b")
        #expect(world.run("data", "clone", "classify/1/output", "--into", "out") == 75)
        #expect(world.run("data", "clone", "classify/1/output", "--into", "other", "--path", "m/b") == 0)
        #expect(try found("\(world.folder)/other") == ["m/", "m/b b"])
    }
}

@Suite struct DownloadPlanTests {
    private func file(_ path: String, _ size: Int64) -> ManifestEntry { .init(path: path, kind: .file, size: size) }

    @Test func runsAreWhatLiesSideBySide() {
        var plan = DownloadPlan()
        let entries: [(ManifestEntry, DownloadPlan.Presence?)] = [
            (file("a", 3), .absent), (file("b", 0), .absent), (.init(path: "c", kind: .dir), .absent),
            (file("d", 4), .different), (file("e", 5), .present(hasWrongMode: true)), (file("f", 1), .absent),
            (file("g", 0), .present(hasWrongMode: false)), (file("h", 2), .absent), (file("i", 9), nil),
            (file("j", 0), nil), (file("k", 7), .absent),
        ]
        for (line, (entry, presence)) in entries.enumerated() { plan.add(entry, line: line, presence) }
        #expect(
            plan.runs == [
                .init(start: 0, end: 7, files: 2), .init(start: 12, end: 15, files: 2),
                .init(start: 24, end: 31, files: 1),
            ]
        )
        #expect((0..<11).filter(plan.needed.contains) == [0, 1, 3, 5, 7, 10])
        #expect(plan.wrongModes.contains(4) && plan.keptFiles == 2)
        #expect(plan.files == 6 && plan.bytes == 17)
        #expect(plan.differing == ["d"] && plan.differingCount == 1)
    }

    @Test func scopes() throws {
        let scope = try PathScope(parsing: "./a/b//")
        #expect(scope.path == "a/b")
        #expect(["a/b", "a/b/c"].allSatisfy(scope.contains))
        #expect(!["a", "a/bc", "a/b-", "b", "a/"].contains(where: scope.contains))
        for path in ["", "/", "..", "a//b", "/a", "a/../b"] {
            #expect(throws: FloydError.self) { try PathScope(parsing: path) }
        }
    }

    @Test func aProgressLine() {
        #expect(
            TransferProgress.line("fetch", 12_000_000, of: 24_000_000, (3, 7), present: 6_000_000, after: .seconds(2))
                == "fetch [============>           ]  50%  3 of 7 files  12.0 MB of 24.0 MB  3.00 MB/s  0:04 left"
        )
        #expect(
            TransferProgress.line("x", 0, of: 0, (1, 1), after: .zero).hasPrefix("x [========================] 100%")
        )
    }
}
