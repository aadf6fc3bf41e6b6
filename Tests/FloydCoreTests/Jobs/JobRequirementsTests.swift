import FloydAPI
import FloydExecutor
import FloydModel
import FloydProject
import FloydRun
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
            for (text, isLayer) in [("six\n", true), ("# nothing\n", false)] {
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
                #expect(try String(contentsOfFile: run.requirements, encoding: .utf8) == text)
                #expect(layer.base == spec.software)
                #expect(layer.preparation.folder.hasPrefix(world.folder.layers + "/"))
            }
        }
    }
}
