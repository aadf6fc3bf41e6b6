import FloydConformance
import FloydOS
import Foundation
import Glibc
import Testing

/// What `floyd_requirements.txt` in a job's code adds to its environment.
@Suite(.scene, .tags(.integration))
struct RequirementsTests {
    private static let building = "Building the layer of floyd_requirements.txt"

    private static let main = """
        import importlib.metadata, subprocess, tinybase, tinyother, tinypkg
        print("tinybase", tinybase.VERSION, importlib.metadata.version("tinybase"))
        print("tinyother", tinyother.__file__)
        print("tinypkg", tinypkg.__file__)
        for name in ["tinybase", "tinyother", "tinypkg"]:
            files = [str(file.locate()) for file in importlib.metadata.files(name) if str(file) == name + ".py"]
            print("files", *files)
        for tool in ["othertool", "pkgtool"]:
            print(subprocess.run([tool], capture_output=True, text=True).stdout.strip())
        """

    private struct World {
        var index: PackageIndex
        var server: Server
        var alice: Person

        init(as actor: Actor = .tester, config: String = Server.plainConfig) async throws {
            index = try await PackageIndex.start()
            server = try await Server.start(as: actor, config: config, environments: index.environments)
            alice = try await server.person("alice")
        }

        /// The logs of a job that must end with success: the program's texts and everything.
        func finish(_ job: String, of person: Person? = nil) async throws -> Outcome {
            let outcome = try await (person ?? alice).floydlite("logs", "-t", job)
            try #require(outcome.status == 0, "\(outcome.testDescription)")
            return outcome
        }
    }

    private static func project(_ requirements: String, _ main: String = main) -> [String: String] {
        SourcePackage.files().merging(["floyd_requirements.txt": requirements, "main.py": main]) { $1 }
    }

    @Test("Its packages come over the environment's, are built once, and win", arguments: Actor.all)
    func overEnvironment(actor: Actor) async throws {
        let world = try await World(as: actor)
        let alice = world.alice
        let list = "# ours\n--no-index\n./pkg\n./wheels/tinybase-2.0-py3-none-any.whl\n"
        try world.index.copy("tinybase-2.0", to: "\(alice.folder)/layered/wheels/tinybase-2.0-py3-none-any.whl")
        try await alice.makeProject("layered", Self.project(list))
        let first = try await world.finish(alice.submit("python main.py", in: "layered"))
        #expect(first.text.contains(Self.building), "\(first.text)")
        let site = "lib/python3.11/site-packages"
        let expected = [
            "tinybase 2.0 2.0", "tinyother /floyd/base/\(site)/tinyother.py", "tinypkg /floyd/env/\(site)/tinypkg.py",
            "files /floyd/env/\(site)/tinybase.py", "files /floyd/base/\(site)/tinyother.py",
            "files /floyd/env/\(site)/tinypkg.py", "othertool sees tinybase 2.0", "pkgtool sees tinybase 2.0",
        ]
        #expect(first.texts.filter(expected.contains) == expected, "\(first.text)")
        // What the environment has already was not brought again.
        let layer = first.texts.drop { $0 != Self.building }
        #expect(!layer.contains { $0.contains("+ tinyother") }, "\(first.text)")
        let writes = """
            for folder in /floyd/env /floyd/base; do
                touch $folder/x && echo wrote
                unshare -Urm sh -c "mount -o remount,rw,bind $folder && touch $folder/x" && echo wrote
            done 2> /dev/null
            python main.py
            """
        let second = try await world.finish(alice.submit(writes, in: "layered"))
        #expect(!second.texts.contains("wrote"))
        #expect(second.texts.filter(expected.contains) == expected)
        #expect(!second.text.contains(Self.building))
        // The environment is as it was.
        try await alice.makeProject("plain", ["main.py": "import tinybase; print('plain', tinybase.VERSION)"])
        let plain = try await world.finish(alice.submit("python main.py", in: "plain"))
        #expect(plain.texts.contains("plain 1.0"))
    }

    @Test("A list may name another, and an editable package is the job's own code")
    func editable() async throws {
        let world = try await World()
        let main = "import tinypkg; print('at', tinypkg.__file__); open('pkg/new', 'w')"
        try await world.alice.makeProject(
            "linked",
            Self.project("-r more/list.txt\n", main).merging(["more/list.txt": "--no-index\n-e ./pkg\n"]) { $1 }
        )
        let outcome = try await world.finish(world.alice.submit("python main.py; ls pkg", in: "linked"))
        #expect(outcome.texts.contains("at /floyd/home/pkg/tinypkg.py"), "\(outcome.text)")
        // Builds leave nothing in the code.
        #expect(!outcome.texts.contains("extra"))
    }

    @Test("Of the code only the lists and files that are named go into it")
    func onlyWhatIsNamed() async throws {
        let world = try await World()
        let path = "\(world.alice.folder)/named/tinybase-2.0-py3-none-any.whl"
        try world.index.copy("tinybase-2.0", to: path)
        let files = [
            "floyd_requirements.txt": "-r more.txt\n", "more.txt": "--no-index\n./tinybase-2.0-py3-none-any.whl\n",
        ]
        try await world.alice.makeProject("named", files)
        let command = "python -c 'import tinybase; print(tinybase.VERSION)'; cat change more.txt"
        var builds: [Bool] = []
        for change in ["change", "change", "more.txt"] {
            let before = (try? world.alice.read("named/\(change)")) ?? ""
            try world.alice.write("\(before)# new\n", to: "named/\(change)")
            let outcome = try await world.finish(world.alice.submit(command, in: "named"))
            #expect(outcome.texts.contains("2.0"), "\(outcome.text)")
            builds.append(outcome.texts.contains(Self.building))
        }
        #expect(builds == [true, false, true])
    }

    @Test("Without a sandbox it is the same, but for the paths")
    func withoutSandbox() async throws {
        let world = try await World(config: "\(Server.plainConfig)\nisolation: none")
        let main = "import tinybase, tinyother, tinypkg; print('both', tinybase.VERSION, tinypkg.__file__)"
        try await world.alice.makeProject("open", Self.project("--no-index\n-e ./pkg\n", main))
        let outcome = try await world.finish(world.alice.submit("python main.py; pkgtool", in: "open"))
        #expect(
            outcome.texts.contains { $0.hasPrefix("both 1.0 \(world.server.dataFolder)/layers/") },
            "\(outcome.text)"
        )
        #expect(outcome.texts.contains("pkgtool sees tinybase 1.0"), "\(outcome.text)")
    }

    @Test("A build that fails is a failed job with its log")
    func failing() async throws {
        let world = try await World()
        var files = Self.project("--no-index\n./pkg\n")
        files["pkg/hook.py"] = "raise SystemExit('no such compiler')"
        try await world.alice.makeProject("broken", files)
        let job = try await world.alice.submit("echo never", in: "broken")
        let ended = try await world.alice.job(job, is: "finished")
        #expect(ended["outcome"]?.string == "failed")
        #expect(ended["reason"]?.string?.hasPrefix("the layer of floyd_requirements.txt could not be built") == true)
        let log = try await world.alice.succeed("logs", job).text
        #expect(log.contains("no such compiler") && !log.contains("never"), "\(log)")
        let layers = try FileManager.default.subpathsOfDirectory(atPath: "\(world.server.dataFolder)/layers")
        #expect(
            !layers.contains { $0.contains("root") || $0.contains("home") || $0.hasSuffix("complete") },
            "\(layers)"
        )
    }

    @Test("Of two jobs at once one builds; accounts share what is locked by hashes, and nothing else")
    func sharing() async throws {
        let world = try await World()
        let (alice, bob) = (world.alice, try await world.server.person("bob"))
        let main = "import tinybase; print('sees', tinybase.VERSION)"
        let locked = "-i \(world.index.address)\n\(world.index.locked("tinybase", "2.0"))\n"
        let open = "-i \(world.index.address)\ntinybase==2.0\n"
        for (project, list, builds) in [("locked", locked, 1), ("open", open, 2)] {
            var texts: [String] = []
            var jobs: [(Person, String)] = []
            for person in [alice, alice, bob] {
                if jobs.count != 1 {
                    try await person.makeProject(project, ["floyd_requirements.txt": list, "main.py": main])
                }
                jobs.append((person, try await person.submit("python main.py", in: project)))
            }
            for (person, job) in jobs { texts += try await world.finish(job, of: person).texts }
            #expect(texts.count { $0 == "sees 2.0" } == 3, "\(texts)")
            #expect(texts.count { $0 == Self.building } == builds, "\(texts)")
        }
        let other = locked.replacing("sha256:", with: "sha256:0").dropLast(2)
        try await bob.makeProject("wrong", ["floyd_requirements.txt": "\(other)\n", "main.py": main])
        let job = try await bob.submit("python main.py", in: "wrong")
        #expect(try await bob.job(job, is: "finished")["outcome"]?.string == "failed")
        #expect(try await bob.succeed("logs", job).text.contains("Hash mismatch"))
    }

    @Test("What is no list of packages is refused before anything is sent")
    func refusals() async throws {
        let world = try await World()
        let alice = world.alice
        let path = "\(alice.folder)/refused/floyd_requirements.txt"
        try await alice.makeProject("refused")
        func expectRefusal(_ word: String) async throws {
            let outcome = try await alice.floydlite("run", "true", in: "refused")
            #expect(outcome.status == 64, "\(outcome.testDescription)")
            #expect(outcome.errorText.contains("floyd_requirements.txt \(word)"), "\(outcome.testDescription)")
        }
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "main.py")
        try await expectRefusal("is a symbolic link")
        // Ignored, it isn't there.
        try alice.write("floyd_requirements.txt\n", to: "refused/.floydignore")
        _ = try await world.finish(alice.submit("true", in: "refused"))
        try FileManager.default.removeItem(atPath: "\(alice.folder)/refused/.floydignore")
        try FileManager.default.removeItem(atPath: path)
        try alice.write("six\n", to: "refused/floyd_requirements.txt/list.txt")
        try await expectRefusal("is a folder")
        try FileManager.default.removeItem(atPath: path)
        try alice.write(String(repeating: "#", count: 1 << 20 + 1), to: "refused/floyd_requirements.txt")
        try await expectRefusal("has 1048577 bytes")
        try Data([0x73, 0xFF, 0x0A]).write(to: URL(filePath: path))
        try await expectRefusal("is not UTF-8")
        #expect(try await alice.json("status", in: "refused")["items"]?.items.count == 1)
    }

    @Test(
        "A build that was broken off leaves nothing that looks whole",
        arguments: [Failpoint.buildStarted, .buildDone]
    )
    func brokenOff(at point: Failpoint) async throws {
        let world = try await World()
        let alice = world.alice
        try await alice.makeProject("plain")
        // The environment's build is over; the next one is the layer's.
        _ = try await world.finish(alice.submit("true", in: "plain"))
        await world.server.stop()
        try await world.server.start(environment: [Failpoint.variable: point.rawValue])
        let main = "import tinypkg; print('found', tinypkg.__name__)"
        try await alice.makeProject("crash", Self.project("--no-index\n./pkg\n", main))
        let lost = try await alice.submit("python main.py", in: "crash")
        #expect(try await alice.job(lost, is: "finished")["outcome"]?.string != "success")
        await world.server.stop()
        try await world.server.start()
        let outcome = try await world.finish(alice.submit("python main.py", in: "crash"))
        #expect(outcome.texts.contains("found tinypkg") && outcome.texts.contains(Self.building), "\(outcome.text)")
    }
}
