import FloydConformance
import Foundation
import Glibc
import Testing

/// Jobs whose results are ways to what is not theirs: whoever reads them gets nothing of it, and waits for nothing.
@Suite(.scene, .tags(.integration))
struct HostileResultTests {
    /// What must be in no answer.
    struct Secrets: Sendable {
        let texts: [String]

        /// - Parameter word: a random one, which stands where the links lead.
        init(_ word: String) {
            let shadow = (try? String(contentsOfFile: "/etc/shadow", encoding: .utf8)) ?? ""
            // The database, and the first account's password.
            texts = [word, "SQLite format 3"] + shadow.split(separator: "\n").prefix(1).map(String.init)
        }

        func isAbsent(in bytes: some DataProtocol) -> Bool {
            texts.allSatisfy { bytes.firstRange(of: Data($0.utf8)) == nil }
        }

        func isAbsent(in answer: Answer) -> Bool {
            isAbsent(in: Data(answer.body)) && isAbsent(in: Data(answer.fields.values.joined(separator: "\n").utf8))
        }

        func isAbsent(in outcome: Outcome) -> Bool {
            isAbsent(in: Data(outcome.output)) && isAbsent(in: Data(outcome.errors))
        }
    }

    /// Makes the links of `links.json`, a FIFO, a socket, and something honest.
    private static let trapper = """
        import json, os, socket
        links = json.load(open("links.json"))
        os.chdir("/output")
        os.makedirs("honest/deep")
        for path in ["plain", "honest/deep/plain"]:
            open(path, "w").write("plain")
        for path, target in links.items():
            os.symlink(target, path)
        os.mkfifo("pipe")
        os.mkfifo("honest/pipe")
        socket.socket(socket.AF_UNIX).bind("socket")
        """

    /// Reads all that is mounted, as far as it can be read.
    private static let reader = """
        import os, sys
        for top in sys.argv[1:]:
            for folder, folders, files in os.walk(top):
                for name in folders + files:
                    path = os.path.join(folder, name)
                    try:
                        if os.path.isdir(path):
                            for inner in os.listdir(path)[:20]:
                                print(path, inner, "listed", flush=True)
                                path = os.path.join(path, inner)
                        end = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
                        print(path, "opened", os.read(end, 1 << 16).decode("utf-8", "replace"), flush=True)
                    except OSError as error:
                        print(path, "refused", error.strerror, flush=True)
        print("done")
        """

    /// What a walk through everything at `folder` finds: all names, and the bytes of regular files. It follows nothing.
    private static func content(of folder: String) throws -> (names: Set<String>, bytes: Data) {
        var bytes = Data()
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
        for name in names {
            var status = stat()
            guard lstat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            bytes += try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
        }
        return (Set(names), bytes)
    }

    /// Prints the names in an archive, and what its files say.
    private static let unpack = """
        import sys, tarfile, zipfile
        if sys.argv[1].endswith(".tar"):
            archive = tarfile.open(sys.argv[1])
            for item in archive:
                print(item.name, item.linkname, archive.extractfile(item).read() if item.isreg() else "")
        else:
            archive = zipfile.ZipFile(sys.argv[1])
            for item in archive.infolist():
                print(item.filename, archive.read(item))
        """

    private static func read(_ answer: Answer, as name: String) async throws -> Outcome {
        let path = try Scene.current.makeFolder("archives") + "/\(name)"
        try Data(answer.body).write(to: URL(filePath: path))
        var command = Command(program: "/usr/bin/env", arguments: ["python3", "-c", Self.unpack, path])
        command.environment = ProcessInfo.processInfo.environment
        return try await command.run(within: .seconds(20))
    }

    @Test("Links, FIFOs, sockets and devices give nothing away and block nothing", arguments: Actor.all)
    func traps(actor: Actor) async throws {
        let word = "secret-\(UInt64.random(in: 0 ... .max))"
        let secrets = Secrets(word)
        let server = try await Server.start(as: actor, environment: ["DAEMON_ONLY": word])
        let bob = try await server.person("bob")
        let mallory = try await server.person("mallory")

        // Bob's data, his results, and a file of the server's: all say the word.
        try bob.write(word, to: "data/file")
        try await bob.succeed("upload", "data", in: "data")
        try await bob.makeProject("work")
        let theirs = try await bob.submit("--data", "data", "cp /data/file /output/file", in: "work")
        _ = try await bob.job(theirs, is: "finished")
        let outside = "\(server.folder)/secret"
        try Data(word.utf8).write(to: URL(filePath: outside))
        try actor.own(outside)
        let contents = "\(server.dataFolder)/blobs/contents"
        let content = try #require(
            try FileManager.default.subpathsOfDirectory(atPath: contents).first {
                FileManager.default.contents(atPath: "\(contents)/\($0)") == Data(word.utf8)
            }
        )

        let links = [
            "shadow": "/etc/shadow", "secret": outside, "near": "../../../../../secret",
            "base": "../../../../floydlite.db", "content": "\(contents)/\(content)", "contents": contents,
            "results": "\(server.dataFolder)/runs/\(theirs)/1/output",
            "result": "../../../\(theirs)/1/output/file", "environment": "/proc/self/environ",
            "self": "/proc/self", "root": "/", "up": "../..", "honest/deep/up": "../../../../../..",
        ]
        try mallory.write(String(decoding: try JSONEncoder().encode(links), as: UTF8.self), to: "evil/links.json")
        try await mallory.makeProject("evil", ["trap.py": Self.trapper, "read.py": Self.reader])
        let job = try await mallory.submit("python trap.py", in: "evil")
        _ = try await mallory.job(job, is: "finished")
        let output = "\(server.run(of: job))/output"
        // No job could make these.
        let hasDevice = mknod("\(output)/device", S_IFCHR | 0o666, dev_t(1 << 8 | 5)) == 0
        chmod("\(output)/device", 0o666)
        let special = ["pipe", "honest/pipe", "socket"] + (hasDevice ? ["device"] : [])

        // One by one.
        let api = "/api/v1/jobs/\(job)/output"
        let behind = [
            "contents/\(content)", "results/file", "self/environ", "root/etc/shadow", "up/spec", "up/exit.json",
            "honest/deep/up/secret", "pipe/x", "device/x",
        ]
        for path in links.keys.sorted() + special + behind {
            let answer = try await within(.seconds(10), path) {
                try await server.get("\(api)/\(path)", token: mallory.token)
            }
            #expect(answer.status == 404, "\(path): \(answer.status)")
            #expect(try answer.json()["detail"]?.string?.contains("\"\(path)\"") == true, "\(answer.text)")
            #expect(secrets.isAbsent(in: answer), "\(path)")
        }

        // All of them.
        let list = try await within(.seconds(10), "the list") { try await server.get(api, token: mallory.token) }
        #expect(list.status == 200 && secrets.isAbsent(in: list))
        let skipped = try list.json()["skipped"]?.items ?? []
        #expect(Set(skipped.compactMap { $0["path"]?.string }) == Set(special))
        #expect(skipped.allSatisfy { $0["reason"]?.string?.isEmpty == false })
        let listed = try list.json()["files"]?.items ?? []
        #expect(
            Set(listed.filter { $0["type"]?.string == "link" }.compactMap { $0["path"]?.string }) == Set(links.keys)
        )
        #expect(listed.filter { $0["type"]?.string == "file" }.count == 2)

        for format in ["tar", "zip"] {
            let answer = try await within(.seconds(10), format) {
                try await server.get("\(api).\(format)", token: mallory.token)
            }
            #expect(answer.status == 200 && secrets.isAbsent(in: answer))
            let unpacked = try await Self.read(answer, as: "output.\(format)")
            #expect(unpacked.status == 0 && secrets.isAbsent(in: unpacked), "\(unpacked.testDescription)")
            let names = Set(unpacked.lines.map { $0.prefix { $0 != " " }.drop { $0 == "/" } }.map { "\($0)" })
            #expect(names.map { $0.hasSuffix("/") ? "\($0.dropLast())" : $0 }.sorted() == Self.honest)
        }

        for words in [["data", "clone", "\(job)/output", "--into", "got"], ["output", job, "--download", "fetched"]] {
            let outcome = try await mallory.command(words).run(within: .seconds(30))
            #expect(outcome.status == 0 && secrets.isAbsent(in: outcome), "\(outcome.testDescription)")
            for path in special { #expect(outcome.errorText.contains(path), "\(outcome.testDescription)") }
            let got = try Self.content(of: "\(mallory.folder)/\(words.last ?? "")")
            #expect(got.names.subtracting([".floyddata"]).sorted() == Self.honest)
            #expect(secrets.isAbsent(in: got.bytes))
        }

        // In the next job.
        let next = try await mallory.submit(
            "--data",
            "\(job)/output:last",
            "python read.py /last /floyd/input/last",
            in: "evil"
        )
        _ = try await mallory.job(next, is: "finished")
        let log = try await mallory.succeed("logs", "--raw", next)
        #expect(secrets.isAbsent(in: log), "\(log.testDescription)")
        #expect(log.text.contains("done") && log.text.contains("/last/plain opened plain"), "\(log.testDescription)")
        if hasDevice { #expect(log.text.contains("/last/device refused")) }

        try await refuseToAdd(job, as: mallory, output, Set(links.keys).union(special), secrets)

        // Everybody else is as before.
        #expect(try await server.get("/healthz").status == 200)
        #expect(try await server.get("/api/v1/jobs/\(theirs)/output/file", token: bob.token).text == word)
        #expect(try await mallory.log(of: try await after(mallory)).contains("still here"))
    }

    /// What of the results is neither a trap nor leads to one.
    private static let honest = ["honest", "honest/deep", "honest/deep/plain", "plain"]

    /// One of the traps after the other is named, and taken away; what is left then becomes a version.
    private func refuseToAdd(
        _ job: String,
        as person: Person,
        _ output: String,
        _ traps: Set<String>,
        _ secrets: Secrets
    ) async throws {
        var named: Set<String> = []
        while named.count < traps.count {
            let outcome = try await person.command(["data", "add", job, "stolen"]).run(within: .seconds(20))
            try #require(outcome.status == 64 && secrets.isAbsent(in: outcome), "\(outcome.testDescription)")
            let path = try #require(traps.subtracting(named).first { outcome.errorText.contains("\"\($0)\"") })
            named.insert(path)
            #expect(unlink("\(output)/\(path)") == 0)
        }
        let version = try await person.json("data", "add", job, "stolen")
        #expect(version["files"]?.integer == 2 && version["size"]?.integer == 10)
    }

    private func after(_ person: Person) async throws -> String {
        let job = try await person.submit("echo still here", in: "evil")
        _ = try await person.job(job, is: "finished")
        return job
    }

    /// `file` is a file, a link to the secret or a FIFO, and never absent; `folder` a folder or a link to that of the secret.
    private static let swapper = """
        import ctypes, os, sys
        outside = sys.argv[1]
        os.chdir("/output")
        open("plain", "w").write("plain")
        os.mkdir("folder")
        os.link("plain", "folder/file")
        os.symlink(outside, "away")
        library = ctypes.CDLL(None)
        makers = [
            lambda: os.link("plain", "next"), lambda: os.symlink(outside + "/file", "next"),
            lambda: os.link("plain", "next"), lambda: os.symlink("away/file", "next"),
            lambda: os.link("plain", "next"), lambda: os.mkfifo("next"),
        ]
        while True:
            for make in makers:
                make()
                os.rename("next", "file")
                # AT_FDCWD, RENAME_EXCHANGE
                if library.renameat2(-100, b"folder", -100, b"away", 2) != 0:
                    os.rename("folder", "aside")
                    os.rename("away", "folder")
                    os.rename("aside", "away")
        """

    @Test("A file that is swapped all the time is what it should be, or refused")
    func swapping() async throws {
        let server = try await Server.start()
        let mallory = try await server.person("mallory")
        let word = "secret-\(UInt64.random(in: 0 ... .max))"
        let secrets = Secrets(word)
        let outside = "\(server.folder)/outside"
        try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
        try Data(word.utf8).write(to: URL(filePath: "\(outside)/file"))
        try await mallory.makeProject("evil", ["swap.py": Self.swapper])
        let job = try await mallory.submit("python swap.py \(outside)", in: "evil")
        let api = "/api/v1/jobs/\(job)/output"
        _ = try await eventually("the first file") {
            FileManager.default.fileExists(atPath: "\(server.run(of: job))/output/away") ? true : nil
        }

        var statuses: [String: Set<Int>] = [:]
        for number in 0..<3_000 {
            let path =
                switch number % 20 {
                case 0: ""
                case 1: ".tar"
                case 2: ".zip"
                case let rest: rest.isMultiple(of: 2) ? "/file" : "/folder/file"
                }
            let answer = try await within(.seconds(10), path) { try await server.get(api + path, token: mallory.token) }
            statuses[path, default: []].insert(answer.status)
            try #require(secrets.isAbsent(in: answer), "read \(number) of \(path)")
            if path.hasSuffix("/file") {
                let isRight = answer.status == 200 ? answer.text == "plain" : answer.text.contains("file")
                try #require(isRight, "\(answer.status): \(answer.text)")
            }
        }
        // It was both at times: otherwise nothing was tried.
        #expect(
            statuses == ["": [200], ".tar": [200], ".zip": [200], "/file": [200, 404], "/folder/file": [200, 404]]
        )
        #expect(try await server.get("/api/v1/jobs/\(job)", token: mallory.token).json()["state"]?.string == "running")
        try await mallory.succeed("stop", job, "--now")
    }
}
