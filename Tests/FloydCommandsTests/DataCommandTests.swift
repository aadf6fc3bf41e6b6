import FloydAPI
import FloydClient
import FloydModel
import FloydTree
import Foundation
import Testing

@testable import FloydCommands

@Suite struct DataCommandTests {
    private let dataset = "alice%2Fdatasets%2Fmodelnet"
    private let upload = "/api/v1/uploads/\(Sample.uploadID)"

    /// A server that takes an upload of `length` bytes: both files of a folder, or one line of its manifest that it lacks.
    private func prepare(_ world: TestWorld, length: Int64, isFirst: Bool = true, lacking line: Int? = nil) {
        world.server.on(
            "GET /api/v1/dataset-versions?dataset=\(dataset)&limit=1",
            ListResponse(items: isFirst ? [] : [Sample.version()])
        )
        world.server.on(
            "GET /api/v1/dataset-versions?limit=1",
            ListResponse(items: isFirst ? [] : [Sample.version()])
        )
        world.server.on(
            "POST /api/v1/uploads",
            status: 201,
            Sample.upload(.receiving, length: length, missing: line == nil ? 2 : 1, files: line == nil ? 2 : 3)
        )
        if let line { world.server.on("GET \(upload)/missing") { _ in (200, [:], Array("\(line)\n".utf8)) } }
        world.server.on("PATCH \(upload)") { _ in (204, ["upload-offset": "\(length)"], []) }
        world.server.on("POST \(upload)/commit", Sample.upload(.committed, files: 2))
        world.server.on("DELETE \(upload)") { _ in (204, [:], []) }
        world.server.on("POST /api/v1/datasets/\(dataset)/versions", status: 201, Sample.version())
    }

    @Test func initMakesTheDataset() throws {
        let world = try TestWorld()
        world.server.on("POST /api/v1/datasets", try Sample.resource("alice/datasets/modelnet"))
        #expect(world.run("data", "init", "modelnet") == 0)
        #expect(world.output.text == "Data source \"alice/datasets/modelnet\" initialized in current directory\n")
        let marker = try #require(try FolderMarker.dataset.load(in: world.folder))
        #expect(marker.resource(.datasets).description == "alice/datasets/modelnet")
        #expect(marker.familyID == Sample.id)
        #expect(world.read(".floydignore") == nil)
        #expect(world.read(".floyddata")?.contains("\"family_id\"") == true)
    }

    @Test func aFirstUploadHashesWhileItSends() throws {
        let world = try TestWorld()
        try world.makeDataset()
        try world.write("first", to: "a")
        try world.write("second", to: "b/c")
        prepare(world, length: 11)
        #expect(world.run("data", "upload", "-m", "mine") == 0, "\(world.errors.text)")
        #expect(
            world.server.lines == [
                "GET /api/v1/server", "GET /api/v1/dataset-versions?dataset=\(dataset)&limit=1",
                "GET /api/v1/dataset-versions?limit=1", "POST /api/v1/uploads", "PATCH \(upload)",
                "POST \(upload)/commit",
                "POST /api/v1/datasets/\(dataset)/versions",
            ]
        )
        #expect(!String(decoding: world.server.requests[3].body, as: UTF8.self).contains("blake3"))
        #expect(world.server.requests[4].body == Array("firstsecond".utf8))
        let hashes = ["first", "second"].map { Hex.string(FileHasher.hash(Array($0.utf8), .blake3).bytes) + "\n" }
            .joined()
        #expect(String(decoding: world.server.requests[5].body, as: UTF8.self) == hashes)
        let version = try MessageCoding.decode(
            CreateVersionRequest.self,
            from: Data(world.server.requests[6].body)
        )
        #expect(version == CreateVersionRequest(upload: Sample.uploadID, message: "mine"))
        #expect(world.output.text.contains("alice/datasets/modelnet/1"))
    }

    @Test func laterUploadsHashFirstAndSendWhatIsMissing() throws {
        let world = try TestWorld()
        try world.makeDataset()
        try world.write("first", to: "a")
        try world.write("second", to: "b")
        try world.write("", to: "empty")
        prepare(world, length: 6, isFirst: false, lacking: 1)
        #expect(world.run("upload") == 0, "\(world.errors.text)")
        let manifest = String(decoding: world.server.requests[2].body, as: UTF8.self)
        #expect(manifest.contains(Hex.string(FileHasher.hash(Array("first".utf8), .blake3).bytes)))
        let patch = try #require(world.server.requests.first { $0.method == "PATCH" })
        #expect(patch.body == Array("second".utf8))
        let commit = try #require(world.server.requests.first { $0.path.hasSuffix("/commit") })
        #expect(commit.body.isEmpty)
    }

    /// The hashes that a further upload of the folder says.
    private func uploadedHashes(_ world: TestWorld) throws -> [String] {
        let count = world.server.requests.count
        #expect(world.run("upload") == 0, "\(world.errors.text)")
        let request = try #require(world.server.requests[count...].first { $0.line == "POST /api/v1/uploads" })
        return String(decoding: request.body, as: UTF8.self).split(separator: "\n").compactMap { line in
            line.split(separator: "\"blake3\":\"").last?.split(separator: "\"").first.map(String.init)
        }
    }

    @Test func whatIsUnchangedIsNotReadAgain() throws {
        func hash(_ text: String) -> String { Hex.string(FileHasher.hash(Array(text.utf8), .blake3).bytes) }
        let world = try TestWorld()
        // Long after the files were made.
        world.now = Date(timeIntervalSince1970: 4_000_000_000)
        try world.makeDataset()
        try world.write("first", to: "a")
        try world.write("second", to: "b")
        prepare(world, length: 11)
        #expect(world.run("upload") == 0, "\(world.errors.text)")
        prepare(world, length: 0, isFirst: false)
        world.server.on("POST /api/v1/uploads", Sample.upload(.committed, files: 2))
        // The first upload has left its hashes; one that nobody could have computed shows that they are what is used.
        let file = FolderCache("hashes-blake3", of: world.folder, environment: world.environment)
        let stamp = try #require(FileStamp(path: world.folder + "/a"))
        var known = HashCache.Reader(owning: try #require(file.open()), .blake3)
        let first = known.hash(of: "a", stamp)
        #expect(first.map { Hex.string($0.bytes) } == hash("first"))
        file.replace { descriptor in
            var writer = HashCache.Writer(to: descriptor, at: .max, .blake3)
            writer.append("a", stamp, FileHasher.hash(Array("else".utf8), .blake3))
            return writer.finish()
        }
        #expect(try uploadedHashes(world) == [hash("else"), hash("second")])
        try world.write("First", to: "a")
        #expect(try uploadedHashes(world) == [hash("First"), hash("second")])
        file.save(Array("damaged".utf8))
        #expect(try uploadedHashes(world) == [hash("First"), hash("second")])
    }

    @Test(arguments: [FloydError(.cancelled, "interrupted"), FloydError(.outOfSpace, "the disk is full")])
    func whatWasBrokenOffIsGoneOnWith(_ error: FloydError) throws {
        let world = try TestWorld()
        try world.makeDataset()
        try world.write("first", to: "a")
        try world.write("second", to: "b/c")
        prepare(world, length: 11)
        world.server.on("PATCH \(upload)", fails: error)
        #expect(world.run("upload") != 0)
        #expect(!world.server.lines.contains("DELETE \(upload)"))
        prepare(world, length: 11)
        var open = Sample.upload(.receiving, length: 11, missing: 2, files: 2)
        open.offset = 8
        world.server.on("GET \(upload)", open)
        let before = world.server.requests.count
        #expect(world.run("upload") == 0, "\(world.errors.text)")
        let requests = world.server.requests[before...]
        #expect(!requests.contains { $0.line == "POST /api/v1/uploads" })
        #expect(requests.first { $0.method == "PATCH" }?.body == Array("ond".utf8))
        // Also of what the command before has sent.
        let hashes = ["first", "second"].map { Hex.string(FileHasher.hash(Array($0.utf8), .blake3).bytes) + "\n" }
            .joined()
        let commit = try #require(requests.first { $0.path.hasSuffix("/commit") })
        #expect(String(decoding: commit.body, as: UTF8.self) == hashes)
        #expect(world.errors.text.contains("Going on with the upload"))
        // It is over now.
        #expect(world.run("upload") == 0, "\(world.errors.text)")
        #expect(world.server.lines.last { $0.hasPrefix("POST /api/v1/uploads") } == "POST \(upload)/commit")
        #expect(world.server.lines.count { $0 == "POST /api/v1/uploads" } == 2)
    }

    @Test(arguments: ["changed", "gone"]) func whatCanNotBeGoneOnWithIsBegunAnew(_ reason: String) throws {
        let world = try TestWorld()
        try world.makeDataset()
        try world.write("first", to: "a")
        try world.write("second", to: "b/c")
        prepare(world, length: 11)
        world.server.on("PATCH \(upload)", fails: FloydError(.unreachable, "gone"))
        #expect(world.run("upload") != 0)
        prepare(world, length: 11)
        if reason == "changed" {
            try world.write("others", to: "b/c")
            prepare(world, length: 11)
        }
        world.server.on("GET \(upload)", fails: FloydError(.notFound, "there is no upload"))
        #expect(world.run("upload") == 0, "\(world.errors.text)")
        #expect(world.server.lines.count { $0 == "POST /api/v1/uploads" } == 2)
        #expect(world.server.lines.contains("DELETE \(upload)"))
        #expect(world.server.lines.contains("GET \(upload)") == (reason == "gone"))
    }

    @Test func aDryRunShowsWhatWouldBeSentAndSendsNothing() throws {
        let world = try TestWorld()
        try world.makeDataset()
        try world.write("first", to: "a")
        try world.write("second", to: "b/c")
        try world.write("*.tmp\n/cache/\n", to: ".floydignore")
        try world.write("x", to: "b/x.tmp")
        try world.write("x", to: "cache/y")
        prepare(world, length: 6, isFirst: false, lacking: 3)
        #expect(world.run("data", "upload", "--dry-run") == 0, "\(world.errors.text)")
        #expect(
            world.server.lines == [
                "GET /api/v1/server", "GET /api/v1/dataset-versions?dataset=\(dataset)&limit=1", "POST /api/v1/uploads",
                "GET \(upload)/missing", "DELETE \(upload)",
            ]
        )
        #expect(world.output.text.contains("1 of 3 files, 6 B of 25 B"), "\(world.output.text)")
        #expect(world.output.text.contains("6 B  \"b/c\""))
        #expect(world.output.text.contains("b/x.tmp") && world.output.text.contains("cache"))
        #expect(!world.output.text.contains("cache/y"))
    }

    /// A folder that was uploaded once, long after its files were made, by an account that has nothing else.
    private func uploaded() throws -> TestWorld {
        let world = try TestWorld()
        world.now = Date(timeIntervalSince1970: 4_000_000_000)
        try world.makeDataset()
        for name in ["a", "b", "c", "d", "e", "f"] { try world.write("content of \(name)", to: name) }
        world.server.on(
            "GET /api/v1/dataset-versions?dataset=\(dataset)&limit=1",
            ListResponse(items: [] as [DatasetVersionResponse])
        )
        world.server.on("GET /api/v1/dataset-versions?limit=1", ListResponse(items: [Sample.version()]))
        world.server.on("POST /api/v1/uploads", Sample.upload(.committed, files: 6))
        world.server.on("POST /api/v1/datasets/\(dataset)/versions", status: 201, Sample.version())
        #expect(world.run("upload") == 0, "\(world.errors.text)")
        return world
    }

    private func digest(_ world: TestWorld) -> String {
        let request = world.server.requests.last { $0.line == "POST /api/v1/uploads" }
        return Hex.string(FileHasher.sha256(request?.body ?? []))
    }

    @Test func aFurtherUploadTellsWhatIsDifferent() throws {
        let world = try uploaded()
        let base = digest(world)
        try world.write("another", to: "b")
        try FileManager.default.removeItem(atPath: "\(world.folder)/d")
        let hash = Hex.string(FileHasher.hash(Array("another".utf8), .blake3).bytes)
        #expect(world.run("upload") == 0, "\(world.errors.text)")
        let posts = world.server.requests.filter { $0.line.hasPrefix("POST /api/v1/uploads") }
        #expect(posts.count == 3)
        // A server that doesn't know this got the whole.
        let result = digest(world)
        #expect(posts[1].line == "POST /api/v1/uploads?base=\(base)&tree=\(result)")
        #expect(posts[1].headers["Content-Type"] == "application/vnd.floydlite.manifest-changes")
        #expect(
            String(decoding: posts[1].body, as: UTF8.self)
                == """
                {"path":"b","type":"file","size":7,"blake3":"\(hash)"}
                {"path":"d","removed":true}

                """
        )
        // Nor one that hasn't the tree, and from then on it is the new one that is told from.
        world.server.on(
            "POST /api/v1/uploads?base=\(result)&tree=\(base)",
            fails: FloydError(.baseMismatch, "there is no such tree")
        )
        try world.write("content of b", to: "b")
        try world.write("content of d", to: "d")
        #expect(world.run("upload") == 0, "\(world.errors.text)")
        #expect(digest(world) == base)
        world.server.on("POST /api/v1/uploads?base=\(base)&tree=\(base)", Sample.upload(.committed, files: 6))
        let count = world.server.requests.count
        #expect(world.run("upload") == 0, "\(world.errors.text)")
        let last = world.server.requests[count...].filter { $0.line.hasPrefix("POST /api/v1/uploads") }
        #expect(last.count == 1 && last[0].body.isEmpty)
    }

    @Test func aDamagedKeptTreeIsDoneWithout() throws {
        let world = try uploaded()
        let cache = try #require(world.environment["HOME"]) + "/.cache"
        let folder = "\(cache)/floydlite/trees/data"
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
        let kept = try #require(FileManager.default.contents(atPath: "\(folder)/\(name)"))
        let (one, other) = ("\"path\":\"b\"", "\"path\":\"bb\"")
        let renamed = Data(String(decoding: kept, as: UTF8.self).replacing(one, with: other).utf8)
        #expect(renamed.count == kept.count + 1)
        let damages = [
            Data(), kept.prefix(50), kept.dropLast(5), kept.prefix(120), Data(repeating: 0, count: 9_999), renamed,
        ]
        for damage in damages {
            try damage.write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            let count = world.server.requests.count
            #expect(world.run("upload") == 0, "\(world.errors.text)")
            let posts = world.server.requests[count...].filter { $0.line.hasPrefix("POST /api/v1/uploads") }
            #expect(posts.map(\.line) == ["POST /api/v1/uploads"])
        }
    }

    @Test(arguments: [FloydError.Code.baseMismatch, .invalidRequest, .invalidPath])
    func changesThatTheServerCallsInvalidAreDoneWithout(code: FloydError.Code) throws {
        let world = try uploaded()
        let base = digest(world)
        world.server.on("POST /api/v1/uploads?base=\(base)&tree=\(base)", fails: FloydError(code, "line 1 is none"))
        let count = world.server.requests.count
        #expect(world.run("upload") == 0, "\(world.errors.text)")
        let posts = world.server.requests[count...].filter { $0.line.hasPrefix("POST /api/v1/uploads") }
        #expect(posts.map(\.line) == ["POST /api/v1/uploads?base=\(base)&tree=\(base)", "POST /api/v1/uploads"])
    }

    @Test func aDryRunOfAFreshFolderMakesNothing() throws {
        let world = try TestWorld()
        try world.write("first", to: "a")
        try world.write("second", to: "b/c")
        prepare(world, length: 11)
        #expect(world.run("upload", "--dry-run", "--json", "modelnet") == 0, "\(world.errors.text)")
        #expect(
            world.server.lines == [
                "GET /api/v1/server", "GET /api/v1/dataset-versions?limit=1", "POST /api/v1/uploads",
                "DELETE \(upload)",
            ]
        )
        #expect(try FolderMarker.dataset.load(in: world.folder) == nil)
        #expect(world.output.text.contains("\"bytes_to_send\" : 11"), "\(world.output.text)")
    }

    @Test func aCacheThatCanNotBeWrittenIsDoneWithout() throws {
        let world = try TestWorld()
        world.environment["XDG_CACHE_HOME"] = "/dev/null"
        try world.makeDataset()
        try world.write("first", to: "a")
        try world.write("second", to: "b/c")
        prepare(world, length: 11)
        #expect(world.run("upload") == 0, "\(world.errors.text)")
    }

    @Test func aNameMakesAFreshFolderADataset() throws {
        let world = try TestWorld()
        try world.write("first", to: "a")
        try world.write("second", to: "b")
        world.server.on("POST /api/v1/datasets", try Sample.resource("alice/datasets/modelnet"))
        prepare(world, length: 11)
        #expect(world.run("upload", "modelnet") == 0, "\(world.errors.text)")
        #expect(world.server.lines.prefix(2) == ["GET /api/v1/server", "POST /api/v1/datasets"])
        #expect(try FolderMarker.dataset.load(in: world.folder)?.name.string == "modelnet")
        let manifest = String(decoding: world.server.requests[3].body, as: UTF8.self)
        #expect(!manifest.contains(".floyddata"))
    }

    @Test func foldersThatAreNoDatasetSayWhatToDo() throws {
        let world = try TestWorld()
        #expect(world.run("upload") == 66)
        #expect(world.errors.text.contains("floydlite upload NAME"))
        try world.makeProject()
        #expect(world.run("upload") == 66)
        #expect(world.errors.text.contains("floydlite run"))
        try world.makeDataset()
        #expect(world.run("upload", "another") == 75)
        #expect(world.errors.text.contains("alice/datasets/modelnet"))
        #expect(world.server.lines.isEmpty)
    }

    @Test func nothingToUploadIsSaidBeforeAnythingIsMade() throws {
        let world = try TestWorld()
        #expect(world.run("upload", "modelnet") == 66)
        #expect(world.errors.text.contains("nothing to upload"))
        #expect(world.server.lines == ["GET /api/v1/server"])
        #expect(try FolderMarker.dataset.load(in: world.folder) == nil)
    }

    @Test func anUnreadableFolderIsSaidBeforeAnythingIsMade() throws {
        let world = try TestWorld()
        try world.write("x", to: "a")
        mkfifo("\(world.folder)/pipe", 0o600)
        #expect(world.run("upload", "modelnet") == 66)
        #expect(world.errors.text.contains("pipe"))
        #expect(world.server.lines == ["GET /api/v1/server"])
    }

    @Test func aRefusedUploadIsGivenUp() throws {
        let world = try TestWorld()
        try world.makeDataset()
        try world.write("first", to: "a")
        try world.write("second", to: "b")
        prepare(world, length: 11)
        world.server.on("POST \(upload)/commit", fails: FloydError(.contentMismatch, "b is not what its hash says"))
        #expect(world.run("data", "upload") == 65)
        #expect(world.server.lines.last == "DELETE \(upload)")
        #expect(world.output.text.isEmpty)
    }

    @Test func statusShowsNameIDSizeAndState() throws {
        let world = try TestWorld()
        try world.makeDataset()
        world.server.on(
            "GET /api/v1/dataset-versions?dataset=\(dataset)",
            ListResponse(items: [Sample.version(2), Sample.version(1)])
        )
        #expect(world.run("data", "status") == 0)
        for part in ["alice/datasets/modelnet/2", "eo4LZmQVs9JMwW6xB8hta5", "2.15 MB", "valid"] {
            #expect(world.output.text.contains(part), "\(part)")
        }
    }

    @Test func anIDMayBeADatasets() throws {
        let world = try TestWorld()
        let gone = FloydError(.datasetNotFound, "there is no such version")
        world.server.on("GET /api/v1/dataset-versions/\(Sample.id)", fails: gone)
        world.server.on("GET /api/v1/dataset-versions?dataset=\(Sample.id)", ListResponse(items: [Sample.version(4)]))
        #expect(world.run("data", "status", "\(Sample.id)") == 0, "\(world.errors.text)")
        #expect(world.output.text.contains("alice/datasets/modelnet/4"))
    }

    @Test func oneVersionIsADocument() throws {
        let world = try TestWorld()
        world.server.on("GET /api/v1/dataset-versions/modelnet%2F1", Sample.version())
        #expect(world.run("data", "status", "modelnet/1", "--json") == 0)
        let document = try #require(
            JSONSerialization.jsonObject(with: Data(world.output.bytes)) as? [String: Any]
        )
        #expect(
            Set(document.keys) == [
                "id", "name", "state", "created", "number", "size", "files", "shared", "message", "public",
            ]
        )
    }
}
