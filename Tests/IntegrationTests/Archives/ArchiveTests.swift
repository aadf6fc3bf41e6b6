import FloydConformance
import FloydOS
import Foundation
import Testing

/// Archives that become versions.
@Suite(.scene, .tags(.integration))
struct ArchiveTests {
    /// What `make-archive.py` puts into an ordinary one.
    static let files = [
        "data/": "", "data/a.txt": "alpha", "data/again": "alpha", "data/run": "x:#!/bin/sh\n", "data/link": "-> a.txt",
        "data/\u{fc}ber": "", "data/nested.tar.gz": "", "empty/": "", "z": "200000 bytes", "b": "200000 bytes",
        "._junk": "x",
    ]

    @Test("of every kind that is taken have what was put into them", arguments: ["ordinary", "gz", "bzip2", "xz"])
    func kinds(kind: String) async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let answer = try await server.put(ArchiveMaker.bytes(kind), to: "data", token: alice.token)
        try #require(answer.status == 201, "\(answer.text)")
        let version = try answer.json()
        #expect(version["name"]?.string == "alice/datasets/data/1")
        #expect(version["message"]?.string == "archive")
        #expect(version["files"]?.integer == 8)
        var files = try await server.mounted("alice/data/1", token: alice.token)
        #expect(files["data/nested.tar.gz"]?.isEmpty == false)
        files["data/nested.tar.gz"] = ""
        #expect(files == Self.files)
        #expect(server.uploadFolders.isEmpty)
    }

    @Test("in zip form too, with links and modes")
    func zip() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let answer = try await server.put(ArchiveMaker.bytes("zip"), to: "data", token: alice.token)
        try #require(answer.status == 201, "\(answer.text)")
        let files = try await server.mounted("alice/data/1", token: alice.token)
        let expected = [
            "data/": "", "data/a.txt": "alpha", "data/link": "-> a.txt", "empty/": "", "z": "200000 bytes",
        ]
        #expect(files == expected)
    }

    @Test("by curl: a file, a pipe, a name and a token", arguments: Actor.all)
    func curl(actor: Actor) async throws {
        let server = try await Server.start(as: actor)
        let alice = try await server.person("alice", as: actor)
        let path = try await ArchiveMaker.make("gz")
        func curl(_ words: String...) async throws -> JSON {
            let outcome = try await Command(program: "/usr/bin/curl", arguments: ["-sS", "--max-time", "60"] + words)
                .run()
            #expect(outcome.status == 0, "\(outcome.testDescription)")
            return try JSON(outcome.output)
        }
        let folder = "\(server.address)/api/v1/datasets/data/archives/"
        let bearer = "Authorization: Bearer \(alice.token)"
        #expect(try await curl("-T", path, "-H", bearer, folder)["number"]?.integer == 1)
        #expect(
            try await curl("-T", path, "-u", "alice:\(alice.token)", folder + "?message=two")["message"]?.string
                == "two"
        )
        let words = ["-c", "cat '\(path)' | curl -sS --max-time 60 -T - -H '\(bearer)' '\(folder)'"]
        let piped = try await Command(program: "/bin/sh", arguments: words).run()
        #expect(try JSON(piped.output)["name"]?.string == "alice/datasets/data/3")
        #expect(try await curl("-T", path, "-u", "bob:\(alice.token)", folder)["code"]?.string == "unauthenticated")
        #expect(try await curl("-T", path, "-u", "alice:wrong", folder)["code"]?.string == "unauthenticated")
    }

    @Test("into somebody else's dataset are refused, as if it weren't there where it is private")
    func foreign() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let bob = try await server.person("bob")
        let bytes = try await ArchiveMaker.bytes("gz")
        #expect(try await server.put(bytes, to: "data", token: alice.token).status == 201)
        let theirs = try await server.put(bytes, to: "alice%2Fdatasets%2Fdata", token: bob.token)
        let nobodys = try await server.put(bytes, to: "alice%2Fdatasets%2Fother", token: bob.token)
        #expect(theirs.status == 404 && nobodys.status == 404)
        #expect(theirs.code == nobodys.code)
        #expect(try await server.create(5, dataset: "alice/datasets/data", token: bob.token).status == 404)
        #expect(try await server.put(bytes, to: "data%2F1", token: alice.token).status == 400)
    }

    @Test(
        "make one version of an upload, wherever the server dies",
        arguments: [Failpoint.archiveReceived, .archiveRecorded, .archiveSettled]
    )
    func dies(at point: Failpoint) async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let bytes = try await ArchiveMaker.bytes("gz")
        let created = try await server.create(bytes.count, dataset: "data", token: alice.token)
        let id = try #require(try created.json()["id"]?.string)
        await server.kill()
        try await server.start(environment: [Failpoint.variable: point.rawValue])
        await #expect(throws: (any Error).self) { try await server.patch(id, at: 0, bytes, token: alice.token) }
        #expect(try await server.end() == 128 + SIGKILL)
        try await server.start()
        let shown = try await eventually("the version") {
            let shown = try await server.get("/api/v1/uploads/\(id)", token: alice.token).json()
            return shown["state"]?.string == "committed" ? shown : nil
        }
        #expect(shown["archive"]?["version"]?.string == "alice/datasets/data/1")
        let versions = try await server.get("/api/v1/dataset-versions?dataset=data", token: alice.token).json()
        #expect(versions["items"]?.items.count == 1)
        // A client that never heard of it asks again.
        let again = try await server.request("POST", "/api/v1/uploads/\(id)/commit", token: alice.token)
        #expect(try again.json()["archive"]?["version"]?.string == "alice/datasets/data/1")
        let head = try await server.request(
            "HEAD",
            "/api/v1/uploads/\(id)",
            token: alice.token,
            ["Tus-Resumable": "1.0.0"]
        )
        #expect(head.fields["upload-offset"] == "\(bytes.count)")
    }
}
