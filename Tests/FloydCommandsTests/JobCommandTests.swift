import FloydAPI
import FloydModel
import Foundation
import Testing

@testable import FloydCommands

@Suite struct JobCommandTests {
    private let latest = "/api/v1/jobs/alice%2Fprojects%2Fclassify"

    private func world() throws -> TestWorld {
        let world = try TestWorld()
        try world.makeProject()
        return world
    }

    @Test func statusListsTheProjectsJobs() throws {
        let world = try world()
        world.server.on(
            "GET /api/v1/jobs?project=alice%2Fprojects%2Fclassify",
            ListResponse(items: [Sample.job(), Sample.job(.success, exitCode: 0)])
        )
        #expect(world.run("status") == 0)
        let lines = world.output.text.split(separator: "\n").map { $0.split(separator: "  ").map { $0.trimmed } }
        #expect(lines[0] == ["JOB NAME", "CREATED", "STATUS", "DURATION(s)", "INSTANCE", "DESCRIPTION"])
        #expect(lines[2] == ["alice/projects/classify/1", "59 seconds ago", "running", "41", "cpu", "first"])
        #expect(lines[3] == ["alice/projects/classify/1", "59 seconds ago", "success", "9", "cpu", "first"])
    }

    @Test(arguments: ["train", "bob/train", "bob/projects/train", "up4LZmQVs9JMwW6xB8hta5"])
    func statusListsTheJobsOfTheProjectThatIsNamed(_ project: String) throws {
        let world = try world()
        // Asked for the job of a project's id, the server says the latest.
        world.server.on("GET /api/v1/jobs/\(project)", Sample.job())
        world.server.on(
            "GET /api/v1/jobs?project=\(APIPath.encoded(project))",
            ListResponse(items: [Sample.job(), Sample.job()])
        )
        #expect(world.run("status", project, "--json") == 0, "\(world.errors.text)")
        let list = try MessageCoding.decode(ListResponse<JobResponse>.self, from: Data(world.output.bytes))
        #expect(list.items.count == 2)
    }

    @Test func statusElsewhereListsAll() throws {
        let world = try TestWorld()
        world.server.on("GET /api/v1/jobs", ListResponse<JobResponse>(items: []))
        #expect(world.run("status") == 0)
        #expect(world.output.text.isEmpty)
        #expect(world.run("status", "--json") == 0)
        #expect(
            try MessageCoding.decode(ListResponse<JobResponse>.self, from: Data(world.output.bytes)).items.isEmpty
        )
    }

    /// The keys that scripts rely on.
    @Test(arguments: [["info"], ["status", "1"], ["stop"]])
    func jobsInJSONHaveAllKeys(_ words: [String]) throws {
        let world = try world()
        for path in [latest, "\(latest)%2F1"] {
            world.server.on("GET \(path)", Sample.job())
            world.server.on("POST \(path)/stop", Sample.job(.shutdown))
        }
        #expect(CommandLineTool.run(words + ["--json"], in: world.context) == 0)
        let document = try #require(
            JSONSerialization.jsonObject(with: Data(world.output.bytes)) as? [String: Any]
        )
        #expect(
            Set(document.keys) == [
                "id", "name", "state", "outcome", "exit_code", "signal", "reason", "created", "started", "finished",
                "command", "environment", "instance_type", "message", "attempt", "gpus", "data", "max_runtime",
                "isolation", "uids", "retries", "duration", "attempts", "limits", "public",
                "output_deleted",
            ]
        )
    }

    @Test func infoTellsEverything() throws {
        let world = try world()
        var job = Sample.job(.failed, exitCode: 137)
        job.signal = 9
        job.reason = "killed by \u{1b}[2Jsignal 9"
        world.server.on("GET \(latest)", job)
        #expect(world.run("info") == 0)
        for part in [
            "alice/projects/classify/1", "eo4LZmQVs9JMwW6xB8hta5", "failed", "137", "keras", "python main.py", "/input",
            "bubblewrap", "signal 9",
        ] {
            #expect(world.output.text.contains(part), "\(part)")
        }
        #expect(!world.output.text.contains("\u{1b}"))
    }

    @Test func infoTellsAttemptsLimitsAndTheServersDuration() throws {
        let world = try world()
        var job = Sample.job(.failed, exitCode: 3)
        job.retries = 2
        job.attempt = 2
        job.attempts = [
            Sample.attempt(1, .lost, reason: "its worker\nvanished"), Sample.attempt(2, .failed, exitCode: 3),
        ]
        job.limits = LimitsResponse(
            memory: 8 << 30,
            processes: 4096,
            openFiles: 65_536,
            disk: 3 << 29,
            enforcement: "cgroup1"
        )
        world.server.on("GET \(latest)", job)
        #expect(world.run("info") == 0)
        let rows = world.output.text.split(separator: "\n").map { $0.split(separator: "  ").map { $0.trimmed } }
        for row in [
            ["Duration(s)", "9"], ["Retries", "2"], ["Attempt", "2"], ["Enforced by", "cgroup1"],
            ["Limits", "memory 8 GiB, 4096 processes, 65536 open files, disk 1.5 GiB"],
            ["ATTEMPT", "OUTCOME", "EXIT CODE", "STARTED", "DURATION(s)", "REASON"],
            ["1", "lost", "2026-11-22T05:27:20.000Z", "12", "its worker vanished"],
            ["2", "failed", "3", "2026-11-22T05:27:20.000Z", "12"],
        ] {
            #expect(rows.contains(row), "\(row)\n\(world.output.text)")
        }
    }

    @Test func aLimitThatIsNotSetIsNotShown() throws {
        let world = try world()
        var job = Sample.job()
        job.limits = LimitsResponse(memory: nil, processes: 10, openFiles: nil, disk: nil, enforcement: "watch")
        job.duration = nil
        job.attempts = [Sample.attempt(1)]
        world.server.on("GET \(latest)", job)
        world.run("info")
        let rows = world.output.text.split(separator: "\n").map { $0.split(separator: "  ").map { $0.trimmed } }
        #expect(rows.contains(["Limits", "10 processes"]))
        // No clock of this side is asked where the server says nothing.
        #expect(!world.output.text.contains("Duration"))
        #expect(!world.output.text.contains("ATTEMPT"))
    }

    @Test func aNumberNeedsAProject() throws {
        let world = try TestWorld()
        for words in [["info"], ["info", "3"], ["stop"], ["logs", "-t"], ["output", "3"]] {
            #expect(CommandLineTool.run(words, in: world.context) == 66)
        }
        #expect(world.server.lines.isEmpty)
    }

    @Test(arguments: ["3", "classify/3", "alice/classify/3", "alice/projects/classify/3", "eo4LZmQVs9JMwW6xB8hta5"])
    func everyFormOfANameWorks(_ name: String) throws {
        let world = try world()
        let segment = APIPath.encoded(name == "3" ? "alice/projects/classify/3" : name)
        let sent = segment == "alice%2Fclassify%2F3" ? "alice%2Fclassify%2F3" : segment
        world.server.on("GET /api/v1/jobs/\(sent)", Sample.job())
        #expect(world.run("info", name) == 0, "\(world.errors.text)")
    }

    @Test func outputIsListedAndFetched() throws {
        let world = try world()
        let date = Date(timeIntervalSince1970: 1_795_325_000)
        let output = OutputResponse(
            id: Sample.id,
            name: "alice/projects/classify/1",
            state: .finished,
            files: [
                .init(path: "model", type: "dir", size: 0, modified: date),
                .init(path: "model/weights 1.h5", type: "file", size: 5, modified: date),
                .init(path: "latest", type: "link", size: 0, modified: date),
            ],
            skipped: [.init(path: "pipe", reason: "a FIFO")]
        )
        world.server.on("GET \(latest)/output?limit=500", output)
        world.server.on("GET /api/v1/jobs/\(Sample.id)/output/model/weights%201.h5") { _ in
            (200, [:], Array("bytes".utf8))
        }
        #expect(world.run("output") == 0)
        #expect(world.output.text.contains("model/weights 1.h5  5 B"))
        #expect(world.errors.text.contains("pipe is left out"))
        #expect(world.run("output", "--path", "nope") == 68)
        #expect(world.errors.text.contains("there is nothing at \"nope\" in alice/projects/classify/1"))
        #expect(!world.errors.text.contains("so far"))
        #expect(world.run("output", "--download", "results") == 0, "\(world.errors.text)")
        #expect(world.read("results/model/weights 1.h5") == "bytes")
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(world.folder)/results/model").count == 1)
    }

    @Test(arguments: [(JobState.running, " so far"), (.finished, "")])
    func onlyAJobThatLivesHasNoResultsSoFar(_ state: JobState, _ words: String) throws {
        let world = try world()
        let output = OutputResponse(id: Sample.id, name: "x/1/output", state: state, files: [], skipped: [])
        world.server.on("GET \(latest)/output?limit=500", output)
        #expect(world.run("output") == 0)
        #expect(world.errors.text == "There are no results of x/1/output\(words).\n")
    }

    @Test func filesThatDifferAreNotReplaced() throws {
        let world = try world()
        let date = Date(timeIntervalSince1970: 1_795_325_000)
        let files = ["a", "b", "c"].map { OutputResponse.File(path: $0, type: "file", size: 5, modified: date) }
        let output = OutputResponse(id: Sample.id, name: "x/1", state: .finished, files: files, skipped: [])
        world.server.on("GET \(latest)/output?limit=500", output)
        for name in ["a", "b", "c"] {
            world.server.on("GET /api/v1/jobs/\(Sample.id)/output/\(name)") { _ in (200, [:], Array("new \(name)".utf8))
            }
        }
        #expect(world.run("output", "--download", "got", "--path", "a") == 0, "\(world.errors.text)")
        try world.write("my own", to: "got/b")
        try world.write("precious", to: "precious")
        symlink("../precious", "\(world.folder)/got/c")
        let before = world.server.requests.count
        #expect(world.run("output", "--download", "got") == 75)
        #expect(world.errors.text.contains("2 files in \(world.folder)/got would be replaced: b, c\n"))
        #expect(world.errors.text.contains("another folder with --download, or replace them with --force"))
        #expect(world.server.requests.count == before + 1, "only the list was asked for")
        #expect(world.read("got/b") == "my own" && world.read("got/c") == "precious")
        // What is equal is no conflict and isn't fetched; a link is replaced, and what it leads to stays.
        #expect(world.run("output", "--download", "got", "--force") == 0, "\(world.errors.text)")
        #expect(!world.server.lines[(before + 1)...].contains { $0.hasSuffix("/output/a") })
        #expect(world.read("got/b") == "new b" && world.read("got/c") == "new c")
        #expect(world.read("precious") == "precious")
        #expect(world.run("output", "--download", "got") == 0, "\(world.errors.text)")
        #expect(world.run("output", "--force") == 64)
        // Of another time, but the same.
        try world.write("new b", to: "got/b")
        #expect(world.run("output", "--download", "got") == 0, "\(world.errors.text)")
        #expect(world.output.text.hasSuffix("0 files, 0 B; 3 files were there already; in \(world.folder)/got\n"))
        try world.write("nEw b", to: "got/b")
        #expect(world.run("output", "--download", "got") == 75)
        #expect(world.read("got/b") == "nEw b")
    }

    @Test(arguments: ["../evil", "/etc/passwd", "a/../../evil", "a//b", "", "."])
    func filesOutsideTheFolderAreRefused(_ path: String) throws {
        let world = try world()
        let file = OutputResponse.File(path: path, type: "file", size: 1, modified: Date(timeIntervalSince1970: 0))
        world.server.on(
            "GET \(latest)/output?limit=500",
            OutputResponse(id: Sample.id, name: "x", state: .finished, files: [file], skipped: [])
        )
        #expect(world.run("output", "--download", "results") == 64)
        #expect(world.server.lines == ["GET \(latest)/output?limit=500"])
        #expect(world.read("results") == nil)
    }
}

extension Substring {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
