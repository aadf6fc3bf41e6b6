import FloydAPI
import FloydExecutor
import FloydModel
import FloydProject
import FloydRun
import FloydStore
import FloydTree
import Foundation
import Testing

@testable import FloydCore

@Suite struct JobRequirementsTests {
    private static let link = TestFile(
        entry: ManifestEntry(path: RequirementsFile.path, kind: .link, size: 0, target: "main.py"),
        bytes: []
    )

    @Test func whatIsNoListOfPackagesIsRefusedBeforeAnythingIsQueued() async throws {
        try await World.with { world in
            let long = String(repeating: "#", count: RequirementsFile.maximumSize + 1)
            let cases: [(TestFile, String)] = [
                (Self.link, "is a symbolic link"), (.file("floyd_requirements.txt/x", "six"), "is a folder"),
                (.file(RequirementsFile.path, long), "has 1048577 bytes"),
            ]
            for (file, word) in cases {
                // In the order of paths.
                let files = [file]
                let code = try await world.upload(files + [.file("main.py", "1")], as: world.alice)
                let request = SubmitJobRequest(project: try Name("x"), code: code, command: "true")
                let error = try await failure { _ = try await world.jobs().submit(request, as: world.alice) }
                #expect(error?.code == .invalidRequest)
                #expect(error?.message == "floyd_requirements.txt \(word)")
                #expect(error?.fields.map(\.name) == ["code"])
            }
            #expect(try await world.leftovers().first == 0)
        }
    }

    @Test func aJobsPackagesAreALayerInItsSpec() async throws {
        try await World.with { world in
            let hash = "--hash=sha256:" + String(repeating: "0a", count: 32)
            for (text, installed) in [
                ("six\n", "six\n"), ("six == 1 \(hash)  # x", "six==1 \(hash)\n"), ("# nothing\n", nil),
            ] {
                let isLayer = installed != nil
                let code = try await world.upload(
                    [.file(RequirementsFile.path, text), .file("main.py", "1")],
                    as: world.alice
                )
                let request = SubmitJobRequest(project: try Name("x"), code: code, command: "true")
                let queued = try await world.job(try await world.jobs().submit(request, as: world.alice).id)
                let job = try await world.moved(queued, .queued, .claim)
                await (try world.launcher(watcher: RunWatcher { _ in })).launch(job)
                let run = world.run(of: job)
                let spec = try RunSpec(decoding: Array(Data(contentsOf: URL(filePath: run.spec))))
                #expect((spec.layer != nil) == isLayer)
                #expect(FileManager.default.fileExists(atPath: run.requirements) == isLayer)
                guard let layer = spec.layer else { continue }
                #expect(try String(contentsOfFile: run.requirements, encoding: .utf8) == installed)
                #expect(layer.base == spec.software)
                #expect(layer.preparation.folder.hasPrefix(world.folder.layers + "/"))
            }
        }
    }

    /// Of a tree with these files beside `main.py`.
    private func part(_ list: String, _ files: [String: String], _ world: World) async throws -> CodePart? {
        let all = files.merging([RequirementsFile.path: list, "main.py": "1"]) { $1 }
        let tree = all.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map {
            TestFile.file($0.key, $0.value)
        }
        let id = try await world.upload(tree, as: world.alice)
        let digest = Array(try await world.store.trees.of(id, owner: world.alice.id).digest)
        let requirements = JobRequirements(blobs: world.blobs)
        let file = try #require(try requirements.find(in: digest))
        let part = try requirements.part(read: file, in: digest)
        if part?.isEverything == true { #expect(part?.digest == digest) }
        return part
    }

    @Test func onlyWhatTheListReadsOfTheCodeGoesIn() async throws {
        try await World.with { world in
            #expect(try await part("six", ["x": "1"], world) == nil)
            let files = ["a.txt": "-c b.txt\nsix", "b.txt": "-r a.txt", "c/d.txt": "six", "w/x.whl": "x", "e.txt": "x"]
            let list = "-r a.txt\n-r c/d.txt\n./w/x.whl\n"
            let some = try #require(try await part(list, files, world))
            #expect(some.paths == ["a.txt", "b.txt", "c/d.txt", "w/x.whl"])
            #expect(try await part(list, files.merging(["e.txt": "y"]) { $1 }, world) == some)
            for path in some.paths {
                let changed = files.merging([path: "\(files[path] ?? "")\nseven"]) { $1 }
                #expect(try await part(list, changed, world)?.digest != some.digest, "\(path)")
            }
        }
    }

    @Test func ofTooMuchNothingMoreIsRead() async throws {
        try await World.with { world in
            func named(_ count: Int, _ text: String, _ suffix: String) -> [String: String] {
                Dictionary(uniqueKeysWithValues: (0..<count).map { ("\($0)\(suffix)", text) })
            }
            let long = String(repeating: "#", count: RequirementsFile.maximumSize)
            for (files, isEverything) in [
                (named(256, "x", ".whl"), false), (named(257, "x", ".whl"), true),
                (named(256, "six", ".txt"), false), (named(257, "six", ".txt"), true),
                (named(4, long, ".txt"), false), (named(5, long, ".txt"), true),
                // They are not read.
                (named(5, long, ".whl"), false),
            ] {
                let list = files.keys.map { $0.hasSuffix(".txt") ? "-r \($0)\n" : "./\($0)\n" }.joined()
                let part = try await part(list, files, world)
                #expect(part?.isEverything == isEverything, "\(files.count)")
            }
        }
    }

    @Test(arguments: [
        ("./pkg", ["pkg/x": ""]), ("-r a.txt", [:]), ("-r a", ["a/b": ""]), ("-r a.txt", ["a.txt": "-e ."]),
        ("-r a/b.txt", ["a/b.txt": "-r c.txt", "c.txt": "", "a/c.txt": ""]), ("./x.whl", ["x.whl/y": ""]),
        ("-r a.txt", ["a.txt": "\u{0}"]),
    ])
    func whatCanNotBeToldTakesAllOfIt(_ list: String, _ files: [String: String]) async throws {
        try await World.with { world in
            let part = try await part(list, files, world)
            #expect(part?.isEverything == true)
        }
    }
}
