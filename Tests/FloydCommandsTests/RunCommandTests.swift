import FloydAPI
import FloydModel
import FloydTree
import Foundation
import Testing

@testable import FloydCommands

@Suite struct RunCommandTests {
    /// A project with one file, on a server that has its code already.
    private func world() throws -> TestWorld {
        let world = try TestWorld()
        try world.makeProject()
        try world.write("print(1)\n", to: "main.py")
        world.server.on("POST /api/v1/uploads", status: 201, Sample.upload(.committed, files: 1))
        world.server.on("POST /api/v1/jobs", status: 201, Sample.job(state: .queued))
        return world
    }

    private func submitted(_ world: TestWorld) throws -> SubmitJobRequest {
        let request = try #require(world.server.requests.last { $0.line == "POST /api/v1/jobs" })
        return try MessageCoding.decode(SubmitJobRequest.self, from: Data(request.body))
    }

    @Test func theTutorialsCommandIsTwoRequests() throws {
        let world = try world()
        let status = world.run(
            "run",
            "--env",
            "keras",
            "--gpu",
            "--data",
            "eo4LZmQVs9JMwW6xB8hta5",
            "python main.py /input/modelnet10.npz /output"
        )
        #expect(status == 0)
        #expect(world.server.lines == ["GET /api/v1/server", "POST /api/v1/uploads", "POST /api/v1/jobs"])
        let job = try submitted(world)
        #expect(job.project.string == "classify")
        #expect(job.code == Sample.uploadID)
        #expect(job.command == "python main.py /input/modelnet10.npz /output")
        #expect(job.environment == "keras")
        #expect(job.instanceType == "gpu")
        #expect(job.data == [.init(source: "eo4LZmQVs9JMwW6xB8hta5")])
        #expect(world.output.text.contains("alice/projects/classify/1"))
        #expect(world.output.text.contains("eo4LZmQVs9JMwW6xB8hta5"))
        #expect(world.errors.text.contains("floydlite logs -t alice/projects/classify/1"))
    }

    @Test func codeIsHashedAndMarkersStayHere() throws {
        let world = try world()
        try world.makeDataset()
        try world.write("*.log\n", to: ".floydignore")
        try world.write("noise", to: "train.log")
        try world.write("x", to: "sub/.floydexpt")
        world.run("run", "ls")
        let manifest = String(decoding: world.server.requests[1].body, as: UTF8.self)
        #expect(manifest.contains("main.py"))
        #expect(manifest.contains(Hex.string(FileHasher.hash(Array("print(1)\n".utf8), .blake3).bytes)))
        for absent in [".floydexpt", ".floyddata", "train.log"] { #expect(!manifest.contains(absent), "\(absent)") }
    }

    @Test(arguments: [
        (["python main.py", "--gpu", "-m", "hi"], "python main.py"),
        (["--gpu", "-m", "hi", "python", "main.py"], "python main.py"),
        (["python", "--gpu", "main.py", "-m", "hi"], "python main.py"),
        (["--gpu", "-m", "hi", "--", "python", "main.py", "--epochs", "3"], "python main.py --epochs 3"),
        (["python", "main.py", "--gpu2", "--message", "hi", "--", "-x", "--data"], "python main.py -x --data"),
    ])
    func optionsStandAnywhere(_ words: [String], _ command: String) throws {
        let world = try world()
        #expect(CommandLineTool.run(["run"] + words, in: world.context) == 0, "\(world.errors.text)")
        let job = try submitted(world)
        #expect(job.command == command)
        #expect(job.instanceType == "gpu")
        #expect(job.message == "hi")
    }

    @Test func aListOfPackagesThatIsNoneIsRefusedBeforeAnythingIsSent() throws {
        let refused: [(String, (TestWorld) throws -> Void)] = [
            ("is a folder", { try $0.write("six", to: "floyd_requirements.txt/x") }),
            (
                "has 1048577 bytes",
                { try $0.write(String(repeating: "#", count: 1 << 20 + 1), to: "floyd_requirements.txt") }
            ),
            (
                "is not UTF-8",
                { try Data([0xFF]).write(to: URL(filePath: "\($0.folder)/floyd_requirements.txt")) }
            ),
            (
                "is a symbolic link",
                {
                    let path = "\($0.folder)/floyd_requirements.txt"
                    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "main.py")
                }
            ),
        ]
        for (word, make) in refused {
            let world = try world()
            // Names that sort beside it are nothing of the kind.
            for name in ["floyd_requirements.tx", "floyd_requirements.txt.old", "floyd_requirements.txt-x/y"] {
                try world.write("\u{0}", to: name)
            }
            #expect(world.run("run", "ls") == 0, "\(world.errors.text)")
            let sent = world.server.lines.count
            try make(world)
            #expect(world.run("run", "ls") == ExitStatus.usage)
            #expect(world.errors.text.contains("floyd_requirements.txt \(word)"), "\(world.errors.text)")
            #expect(world.server.lines[sent...] == ["GET /api/v1/server"])
        }
    }

    @Test func missingCodeIsCheckedThenSent() throws {
        let world = try world()
        world.server.on(
            "POST /api/v1/uploads",
            status: 201,
            Sample.upload(.receiving, length: 9, missing: 1, files: 1)
        )
        let upload = "/api/v1/uploads/\(Sample.uploadID)"
        world.server.on("PATCH \(upload)") { _ in (204, ["upload-offset": "9"], []) }
        world.server.on("POST \(upload)/commit", Sample.upload(.committed, files: 1))
        world.server.on("GET /api/v1/dataset-versions/modelnet", Sample.version())
        #expect(world.run("run", "--data", "modelnet:/m", "ls") == 0, "\(world.errors.text)")
        #expect(
            world.server.lines == [
                "GET /api/v1/server", "POST /api/v1/uploads", "GET /api/v1/dataset-versions/modelnet",
                "PATCH \(upload)",
                "POST \(upload)/commit", "POST /api/v1/jobs",
            ]
        )
        #expect(world.server.requests[3].body == Array("print(1)\n".utf8))
        #expect(world.server.requests[4].body.isEmpty)
        #expect(try submitted(world).data == [.init(source: "modelnet", mount: "m")])
    }

    /// What would be refused is refused before code is sent, and the upload is given up.
    @Test(arguments: [
        (["--data", "modelnett"], 68, "Did you mean modelnet?"), (["--env", "kerass"], 68, "There are: keras."),
        (["--gpu"], 69, "instance_types: {gpu: {gpus: 0, cpus: 2}}"),
    ])
    func nothingIsSentForAJobThatCannotBe(_ words: [String], _ status: Int32, _ hint: String) throws {
        let world = try world()
        world.server.on(
            "POST /api/v1/uploads",
            status: 201,
            Sample.upload(.receiving, length: 9, missing: 1, files: 1)
        )
        world.server.on("DELETE /api/v1/uploads/\(Sample.uploadID)") { _ in (204, [:], []) }
        world.server.on(
            "GET /api/v1/dataset-versions/modelnett",
            fails: FloydError(.datasetNotFound, "there is no dataset modelnett", hint: "Did you mean modelnet?")
        )
        world.server.on(
            "GET /api/v1/environments",
            ListResponse(items: [
                EnvironmentResponse(name: "keras", python: "3.11", packages: [], state: "ready", isDefault: true)
            ])
        )
        world.server.on(
            "GET /api/v1/instance-types",
            ListResponse(items: [
                InstanceTypeResponse(name: "gpu", resources: Resources(cpus: 1, memory: 1, gpus: 1), available: false)
            ])
        )
        #expect(CommandLineTool.run(["run"] + words + ["ls"], in: world.context) == status)
        #expect(world.errors.text.contains(hint), "\(world.errors.text)")
        #expect(world.output.text.isEmpty)
        #expect(world.server.lines.last == "DELETE /api/v1/uploads/\(Sample.uploadID)")
        #expect(!world.server.lines.contains { $0.hasPrefix("PATCH") || $0.hasPrefix("POST /api/v1/jobs") })
    }

    @Test(arguments: [
        ([], "there is no command"), (["  "], "there is no command"), (["ls", "--cpu", "--gpu"], "exclude each other"),
        (["ls", "--data", "../x"], "is not a name"), (["ls", "--data", "3"], "names no dataset"),
        (["ls", "--data", "modelnet:a/b"], "mount"), (["ls", "--data", "modelnet:.."], "mount"),
        (["ls", "--data", "modelnet:usr"], "mount"),
        (["ls", "-r", "0"], "leaves no time"), (["ls", "--task", "train"], "no floyd.yml"),
        (["python", "x.py", "--epochs", "3"], "Put the command in quotes"), (["ls", "-r", "soon"], "soon"),
        (["ls", "-r", "1500ms"], "no longest run time"), (["ls", "-r", "-5"], "Missing value"),
        (["ls", "--retries", "101"], "no number of retries"), (["ls", "--retries=-1"], "no number of retries"),
        (["ls", "--retries", "often"], "often"),
    ])
    func wrongWordsAreRefusedBeforeAnythingIsSent(_ words: [String], _ message: String) throws {
        let world = try world()
        #expect(CommandLineTool.run(["run"] + words, in: world.context) == 64)
        #expect(world.errors.text.hasPrefix("floydlite: error: "))
        #expect(world.errors.text.contains(message), "\(world.errors.text)")
        #expect(world.server.lines.isEmpty)
    }

    @Test func aFolderThatIsNoProjectSaysWhatToDo() throws {
        let world = try TestWorld()
        #expect(world.run("run", "ls") == 66)
        #expect(world.errors.text.contains("floydlite init NAME"))
        #expect(world.server.lines.isEmpty)
    }

    @Test func anothersProjectIsRefused() throws {
        let world = try world()
        try world.makeProject(of: "bob")
        #expect(world.run("run", "ls") == 77)
        #expect(world.errors.text.contains("floydlite init classify"))
        #expect(world.server.lines.isEmpty)
        world.environment["FLOYDLITE_TOKEN"] = "bobs"
        #expect(world.run("run", "ls") == 0)
    }

    @Test func theOutputOfANumberedJobIsOneOfThisProject() throws {
        let world = try world()
        world.run("run", "--data", "3/output:m", "ls")
        #expect(try submitted(world).data == [.init(source: "alice/projects/classify/3/output", mount: "m")])
    }

    @Test func theProjectFileFillsGaps() throws {
        let world = try world()
        let text = """
            env: keras
            machine: gpu
            input:
              - alice/datasets/words:words
            description: from the file
            max_runtime: 60
            retries: 2
            command: python main.py
            task:
              evaluate:
                machine: cpu
                max_runtime: 2h
                retries: 5
                command: python evaluate.py
            """
        try world.write(text, to: "floyd.yml")
        #expect(world.run("run") == 0, "\(world.errors.text)")
        var job = try submitted(world)
        #expect(job.command == "python main.py")
        #expect(job.instanceType == "gpu")
        #expect(job.data == [.init(source: "alice/datasets/words", mount: "words")])
        #expect(job.maxRuntime == 60)
        #expect(job.retries == 2)
        #expect(job.message == "from the file")
        #expect(world.run("run", "--task", "evaluate", "--env", "python", "-m", "mine") == 0)
        job = try submitted(world)
        #expect(job.command == "python evaluate.py")
        #expect(job.instanceType == "cpu")
        #expect(job.environment == "python")
        #expect(job.message == "mine")
        #expect(job.maxRuntime == 7_200)
        #expect(job.retries == 5)
        #expect(world.run("run", "--task", "evaluate", "--retries", "0", "-r", "10m") == 0)
        job = try submitted(world)
        #expect(job.maxRuntime == 600)
        #expect(job.retries == 0)
    }

    @Test func whatWasSubmittedIsTold() throws {
        let world = try world()
        var job = Sample.job(state: .queued)
        job.maxRuntime = 7_200
        job.retries = 3
        world.server.on("POST /api/v1/jobs", status: 201, job)
        #expect(world.run("run", "--retries", "3", "--max-runtime", "2h", "python main.py") == 0)
        #expect(try submitted(world).retries == 3)
        #expect(try submitted(world).maxRuntime == 7_200)
        #expect(
            world.errors.text.contains(
                "alice/projects/classify/1: keras on cpu, at most 2h, 3 retries: python main.py\n"
            )
        )
    }

    @Test func withoutRetriesNoneAreAskedFor() throws {
        let world = try world()
        world.run("run", "ls")
        #expect(try submitted(world).retries == nil)
        #expect(try submitted(world).maxRuntime == nil)
        #expect(world.errors.text.contains("classify/1: keras on cpu: python main.py\n"))
    }

    @Test func jsonIsTheJob() throws {
        let world = try world()
        world.run("run", "--json", "ls")
        let job = try MessageCoding.decode(JobResponse.self, from: Data(world.output.bytes))
        #expect(job.id == Sample.id)
    }

    @Test func followingShowsTheLogAndEndsAsTheJob() throws {
        let world = try world()
        let job = Sample.job(.failed, exitCode: 7)
        world.server.on("GET /api/v1/jobs/\(Sample.id)/log/stream?follow=true") { _ in
            (200, [:], LogCommandTests.stream([("stdout", "hello")], end: job))
        }
        #expect(world.run("run", "-f", "ls") == 7)
        #expect(world.output.text.contains("INFO - hello\n"))
        #expect(world.errors.text.contains("ended: failed"))
    }
}
