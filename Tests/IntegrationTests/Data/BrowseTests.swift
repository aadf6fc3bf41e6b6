import FloydConformance
import Foundation
import Glibc
import Testing

/// Reading what the server keeps, with the real programs: clones, single files, archives, ranges.
@Suite(.scene, .tags(.integration))
struct BrowseTests {
    /// What lies in a folder, but for the marker: kind, executable or not, bytes or target, by path.
    private static func snapshot(_ folder: String) throws -> [String] {
        let manager = FileManager.default
        return try manager.subpathsOfDirectory(atPath: folder).sorted().filter { $0 != ".floyddata" }.map { path in
            let full = "\(folder)/\(path)"
            var status = stat()
            guard lstat(full, &status) == 0 else { throw FixtureFailure(description: "\(full) is gone") }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: return "\(path) folder"
            case S_IFLNK: return "\(path) link \(try manager.destinationOfSymbolicLink(atPath: full))"
            default:
                let bytes = try Data(contentsOf: URL(filePath: full))
                let isExecutable = status.st_mode & 0o100 != 0
                return "\(path) \(isExecutable ? "program" : "file") \(bytes.count) \(bytes.base64EncodedString())"
            }
        }
    }

    /// A dataset `sample` with one of everything, uploaded.
    private static func upload(_ person: Person) async throws {
        for (path, text) in [
            "a/b/c.txt": "deep\n", "a-b": "before a/", "run.sh": "#!/bin/sh\n", "nothing": "", "é/ü ñ": "names\n",
            "e\u{301}": "decomposed", "new\nline": "odd",
        ] {
            try person.write(text, to: "sample/\(path)")
        }
        for number in 0..<30 { try person.write("number \(number)\n", to: "sample/many/\(number)") }
        try person.write(String(repeating: "0123456789abcdef", count: 20_000), to: "sample/large")
        let folder = "\(person.folder)/sample"
        chmod("\(folder)/run.sh", 0o755)
        for path in ["empty", "x/empty"] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(path)", withIntermediateDirectories: true)
        }
        symlink("a/b/c.txt", "\(folder)/link")
        symlink("../run.sh", "\(folder)/a/up")
        symlink("nowhere", "\(folder)/dangling")
        try await person.succeed("upload", "sample", in: "sample")
    }

    @Test("A clone is what was uploaded, bit for bit, and comes once")
    func clone() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await Self.upload(alice)
        let original = try Self.snapshot("\(alice.folder)/sample")
        let first = try await alice.json("data", "clone", "sample", "--into", "copy")
        #expect(first["files"]?.integer == 38 && first["kept"]?.integer == 0)
        #expect(try Self.snapshot("\(alice.folder)/copy") == original)

        // Again, after losses: what is missing comes, and nothing else.
        for path in ["many/3", "large", "link"] { unlink("\(alice.folder)/copy/\(path)") }
        chmod("\(alice.folder)/copy/run.sh", 0o644)
        let second = try await alice.json("data", "clone", "sample/1", "--into", "copy")
        #expect(second["files"]?.integer == 2 && second["kept"]?.integer == 36)
        #expect(try Self.snapshot("\(alice.folder)/copy") == original)

        // A part of it.
        try await alice.succeed("data", "clone", "sample", "--path", "a", "--into", "part")
        #expect(
            try Self.snapshot("\(alice.folder)/part") == original.filter { $0.hasPrefix("a ") || $0.hasPrefix("a/") }
        )

        // What is another's is left alone.
        try alice.write("mine", to: "copy/nothing")
        let refused = try await alice.floydlite("data", "clone", "sample", "--into", "copy")
        #expect(refused.status == 75 && refused.errorText.contains("nothing"))
        #expect(try alice.read("copy/nothing") == "mine")

        let listed = try await alice.json("data", "listfiles", "sample")
        #expect(listed["files"]?.items.count == original.count)
        try await alice.succeed("data", "getfile", "sample", "a/b/c.txt")
        #expect(try alice.read("c.txt") == "deep\n")
    }

    @Test("The code of a job comes back as it was submitted")
    func code() async throws {
        let server = try await Server.start(config: "\(Server.plainConfig)\nisolation: none")
        let alice = try await server.person("alice")
        try await alice.makeProject("work", ["main.py": "print(1)\n", "model/x.py": "x = 1\n"])
        let job = try await alice.submit("true", in: "work")
        try alice.write("print(2)\n", to: "work/main.py")
        try await alice.succeed("clone", job, "--into", "back")
        #expect(try alice.read("back/main.py") == "print(1)\n")
        #expect(try alice.read("back/model/x.py") == "x = 1\n")
        try await alice.succeed("clone", job, "--path", "model", "--into", "model")
        #expect(
            try Self.snapshot("\(alice.folder)/model").map { $0.split(separator: " ")[0] } == ["model", "model/x.py"]
        )
    }

    @Test("Two versions are told apart")
    func difference() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await Self.upload(alice)
        try alice.write("other", to: "sample/a-b")
        try alice.write("new", to: "sample/z")
        unlink("\(alice.folder)/sample/many/7")
        chmod("\(alice.folder)/sample/run.sh", 0o644)
        try await alice.succeed("data", "upload", in: "sample")
        let outcome = try await alice.succeed("data", "diff", "sample/1", "sample/2")
        #expect(
            outcome.lines == [
                "M a-b  (9 B -> 5 B)", "- many/7  (9 B)", "m run.sh  (no longer executable)", "+ z  (3 B)",
            ]
        )
        #expect(outcome.errorText == "1 added, 1 removed, 1 changed, 1 with another mode\n")
    }

    @Test("A clone goes on at the byte when the server is killed, and when it is killed itself")
    func resume() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let piece = Data((0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) })
        try alice.write("", to: "big/first")
        let handle = try #require(FileHandle(forWritingAtPath: "\(alice.folder)/big/first"))
        for number in 0..<160 {
            var piece = piece
            piece[0] = UInt8(number)
            try handle.write(contentsOf: piece)
        }
        try handle.close()
        for number in 0..<40 { try alice.write("number \(number)", to: "big/z/\(number)") }
        try await alice.succeed("upload", "big", in: "big")

        /// Bytes of the first file that are there.
        @Sendable func received() -> Int64 {
            let folder = "\(alice.folder)/copy"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            var status = stat()
            guard let part = names.first(where: { $0.hasSuffix(".part") }), stat("\(folder)/\(part)", &status) == 0
            else { return 0 }
            return Int64(status.st_size)
        }

        /// Starts a clone and stops it when it has some more of the first file.
        func begin() async throws -> Child {
            let before = received()
            let child = try await alice.command(["data", "clone", "big", "--into", "copy"]).start()
            _ = try await eventually("a part of the file") { received() > before ? true : nil }
            child.signal(SIGSTOP)
            return child
        }

        let killed = try await begin()
        killed.signal(SIGKILL)
        _ = try await killed.end()

        let child = try await begin()
        await server.kill()
        child.signal(SIGCONT)
        _ = try await child.errorLine(with: "trying again")
        try await server.start()
        let outcome = try await child.outcome()
        #expect(outcome.status == 0, "\(outcome.testDescription)")
        let compared = try await Command(
            program: "/usr/bin/diff",
            arguments: ["-r", "--exclude=.floyddata", "\(alice.folder)/big", "\(alice.folder)/copy"]
        ).run()
        #expect(compared.status == 0, "\(compared.testDescription)")
    }

    @Test("Ranges over contents, at every boundary of a small tree")
    func ranges() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let files = ["a": "one", "b/c": "", "b/d": "four", "b/e": "x", "z": "the last"]
        for (path, text) in files { try alice.write(text, to: "small/\(path)") }
        try await alice.succeed("upload", "small", in: "small")
        let whole = files.sorted { $0.key < $1.key }.map(\.value).joined()
        let target = "/api/v1/dataset-versions/small/contents"
        #expect(try await server.get(target, token: alice.token).text == whole)
        for start in 0..<whole.utf8.count {
            for end in start..<whole.utf8.count {
                let answer = try await server.get(target, token: alice.token, ["Range": "bytes=\(start)-\(end)"])
                let part = String(whole.dropFirst(start).prefix(end - start + 1))
                #expect(answer.status == 206 && answer.text == part, "\(start)-\(end)")
            }
        }
        let last = try await server.get(target, token: alice.token, ["Range": "bytes=-3"])
        #expect(last.text == "ast")
        let none = try await server.get(target, token: alice.token, ["Range": "bytes=\(whole.utf8.count)-"])
        #expect(none.status == 416 && none.fields["content-range"] == "bytes */\(whole.utf8.count)")

        let file = "/api/v1/dataset-versions/small/files/b/d"
        let tag = try #require(try await server.get(file, token: alice.token).fields["etag"])
        #expect(try await server.get(file, token: alice.token, ["If-None-Match": tag]).status == 304)
        let resumed = try await server.get(file, token: alice.token, ["Range": "bytes=1-", "If-Range": tag])
        #expect(resumed.status == 206 && resumed.text == "our")
        let other = try await server.get(file, token: alice.token, ["Range": "bytes=1-", "If-Range": "\"x\""])
        #expect(other.status == 200 && other.text == "four")
    }

    /// Unpacks with Python's own readers, which restore modes and links of tars; of zips the modes are put back by hand.
    private static let unpack = """
        import os, stat, sys, tarfile, zipfile
        archive, folder = sys.argv[1:]
        if archive.endswith('.tar'):
            with tarfile.open(archive) as t:
                t.extractall(folder)
        else:
            with zipfile.ZipFile(archive) as z:
                assert z.testzip() is None
                for m in z.infolist():
                    mode = m.external_attr >> 16
                    if stat.S_ISLNK(mode):
                        os.symlink(z.read(m).decode(), os.path.join(folder, m.filename))
                    else:
                        os.chmod(z.extract(m, folder), stat.S_IMODE(mode))
        """

    @Test("Archives have everything, for Python, tar and bsdtar", arguments: ["tar", "zip"])
    func archives(format: String) async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await Self.upload(alice)
        let original = try Self.snapshot("\(alice.folder)/sample")
        let target = "/api/v1/dataset-versions/sample/archive.\(format)"
        let answer = try await server.get(target, token: alice.token)
        #expect(answer.status == 200)
        #expect(answer.fields["content-disposition"]?.contains("\"sample-1.\(format)\"") == true)
        #expect(try await server.get(target, token: alice.token).body == answer.body)
        let archive = "\(alice.folder)/archive.\(format)"
        try Data(answer.body).write(to: URL(filePath: archive))

        var tools: [String: [String]] = ["python": ["/usr/bin/env", "python3", "-c", Self.unpack, archive]]
        if format == "tar" { tools["tar"] = ["/usr/bin/tar", "-xf", archive, "-C"] }
        if access("/usr/bin/bsdtar", X_OK) == 0 { tools["bsdtar"] = ["/usr/bin/bsdtar", "-xf", archive, "-C"] }
        for (name, words) in tools {
            let folder = try Scene.current.makeFolder(name)
            var command = Command(program: words[0], arguments: words.dropFirst() + [folder])
            command.environment = ProcessInfo.processInfo.environment
            let outcome = try await command.run()
            #expect(outcome.status == 0, "\(outcome.testDescription)")
            #expect(try Self.snapshot(folder) == original, "\(name)")
        }
    }

    @Test("What a job leaves is hostile, and nothing of the machine comes with it")
    func hostileOutput() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        try await alice.makeProject("evil")
        let job = try await alice.submit(
            """
            cd /output && mkdir -p d/e && echo weights > d/model && chmod +x d/model && ln -s /etc/shadow shadow \
            && ln -s ../../../../data/floydlite.sqlite base && ln -s d/model inside && ln -s ../.. d/up && mkfifo pipe \
            && touch "$(printf 'raw\\377')" && ln -s . here
            """,
            in: "evil"
        )
        _ = try await alice.job(job, is: "finished")
        let answer = try await server.get("/api/v1/jobs/\(job)/output.tar", token: alice.token)
        #expect(answer.status == 200 && answer.fields["x-content-type-options"] == "nosniff")
        #expect(answer.fields["content-disposition"]?.hasPrefix("attachment") == true)
        let archive = "\(alice.folder)/output.tar"
        try Data(answer.body).write(to: URL(filePath: archive))
        let listed = try await Command(program: "/usr/bin/tar", arguments: ["-tf", archive]).run()
        #expect(listed.lines == ["d/", "d/e/", "d/model", "here", "inside"])
        #expect(try await server.get("/api/v1/jobs/\(job)/output.zip", token: alice.token).status == 200)

        let cloned = try await alice.succeed("data", "clone", "\(job)/output", "--into", "out")
        #expect(cloned.errorText.contains("pipe is left out") && cloned.errorText.contains("shadow is a link"))
        #expect(
            try Self.snapshot("\(alice.folder)/out").map { $0.split(separator: " ")[0] } == ["d", "d/e", "d/model"]
        )
        try await alice.succeed("output", job, "--download", "some", "--path", "d/model")
        #expect(try alice.read("some/d/model") == "weights\n")
        let file = try await server.get("/api/v1/jobs/\(job)/output/d/model", token: alice.token)
        let tag = try #require(file.fields["etag"])
        let resumed = try await server.get(
            "/api/v1/jobs/\(job)/output/d/model",
            token: alice.token,
            ["Range": "bytes=3-", "If-Range": tag]
        )
        #expect(resumed.status == 206 && resumed.text == "ghts\n")
    }

    @Test("What is private is answered exactly like what doesn't exist")
    func secrecy() async throws {
        let server = try await Server.start(config: "\(Server.plainConfig)\nisolation: none")
        let alice = try await server.person("alice")
        try await Self.upload(alice)
        try await alice.makeProject("work")
        let job = try await alice.submit("true", in: "work")
        let version = try #require(try await alice.json("data", "status", "sample/1")["id"]?.string)
        let bob = try await server.person("bob")
        let absent = "eo4LZmQVs9JMwW6xB8hta5"
        let paths = [
            "dataset-versions/\(version)": ["manifest", "contents", "files/a-b", "archive.tar", "archive.zip"],
            "jobs/\(job)": ["code/manifest", "code/contents", "code/files/main.py", "code/archive.tar", "output.tar"],
        ]
        for (base, rests) in paths {
            for rest in rests {
                let asked = try await server.get("/api/v1/\(base)/\(rest)", token: bob.token)
                let none = base.split(separator: "/")[0] + "/" + absent
                let other = try await server.get("/api/v1/\(none)/\(rest)", token: bob.token)
                #expect(asked.status == 404 && other.status == 404)
                let id = String(base.split(separator: "/")[1])
                #expect(asked.text.replacingOccurrences(of: id, with: absent) == other.text)
            }
        }
    }
}
