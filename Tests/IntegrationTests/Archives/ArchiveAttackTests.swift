import FloydConformance
import Foundation
import Testing

/// Archives that want out, or that want all there is.
@Suite(.scene, .tags(.integration))
struct ArchiveAttackTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        var kind: String
        var status: Int
        var code: String
        /// What the refusal names.
        var detail: String

        init(_ kind: String, _ status: Int, _ code: String, _ detail: String) {
            self.kind = kind
            self.status = status
            self.code = code
            self.detail = detail
        }

        var testDescription: String { kind }
    }

    static func path(_ kind: String, _ detail: String) -> Attack { Attack(kind, 400, "invalid_path", detail) }
    static func broken(_ kind: String, _ detail: String) -> Attack { Attack(kind, 400, "invalid_request", detail) }
    static func bomb(_ kind: String, _ detail: String) -> Attack { Attack(kind, 413, "too_large", detail) }

    static let attacks: [Attack] = [
        path("parent", "\"../../../escaped\""), path("inner-parent", "\"a/../../escaped\""),
        path("absolute", "\"/tmp/escaped\""), path("zip-parent", "\"../../escaped\""),
        path("zip-absolute", "\"/tmp/escaped\""), path("zip-backslash", "escaped\""),
        path("link-out", "\"out\" to \"../../etc\""), path("link-absolute", "\"/etc/shadow\""),
        path("zip-link-out", "\"../../../etc/shadow\""), path("links-together", "\"b\" to \"a/..\""),
        path("through-link", "\"l/escaped\" lies below \"l\""),
        path("through-link-later", "\"l/escaped\" lies below \"l\""), path("below-file", "\"f/g\" lies below \"f\""),
        path("hard-out", "\"../../../etc/shadow\""), path("hard-absolute", "\"/etc/shadow\""),
        path("hard-missing", "\"nothing\""), path("hard-later", "\"b\""), path("hard-to-link", "\"l\""),
        path("hard-to-folder", "\"d\""), path("device", "\"sda\""), path("character-device", "\"null\""),
        path("fifo", "\"pipe\""), path("duplicate", "\"a\" stands there twice"),
        path("zip-duplicate", "\"a\" stands there twice"), path("file-and-folder", "\"a\" stands there twice"),
        path("not-unicode", "not UTF-8"), path("not-unicode-pax", "not UTF-8"), path("not-unicode-zip", "not UTF-8"),
        path("nul", "\"a\" stands there twice"), path("long-name", "a part of 300 bytes"), path("deep", "301 parts"),
        bomb("million-gz", "more than 20000 entries"), bomb("bomb-gz", "200 times"), bomb("bomb-bz2", "200 times"),
        bomb("bomb-xz", "200 times"), bomb("bomb-zst", "200 times"), bomb("bomb-zip", "200 times"),
        bomb("bomb-sparse", "200 times"), bomb("hard-link-bomb", "200 times"),
        broken("header-bomb", "header too large"), broken("quine", "compressed more than once"),
        broken("truncated", "can't be read to its end"), broken("truncated-at-entry", "the mark that ends a tar"),
        broken("truncated-gz", "can't be read to its end"), broken("truncated-zip", "no archive of a kind"),
        broken("wrong-crc", "can't be read to its end"), broken("lying-zip", "can't be read to its end"),
        broken("encrypted-zip", "is encrypted"), broken("garbage", "no archive of a kind"),
        broken("text", "no archive of a kind"), broken("nothing-in-it", "nothing in the archive"),
    ]

    static let config = Server.plainConfig + "\nuploads: {archive_entries: 20000}\n"

    @Test("are refused by name, and leave nothing", arguments: Actor.all)
    func refused(actor: Actor) async throws {
        let server = try await Server.start(as: actor, config: Self.config)
        let mallory = try await server.person("mallory", as: actor)
        let before = try await server.stored()
        for attack in Self.attacks {
            let answer = try await server.put(ArchiveMaker.bytes(attack.kind), to: "data", token: mallory.token)
            #expect(answer.status == attack.status, "\(attack.kind): \(answer.text)")
            #expect(answer.code == attack.code, "\(attack.kind): \(answer.text)")
            let detail = try answer.json()["detail"]?.string ?? ""
            #expect(detail.contains(attack.detail), "\(attack.kind): \(detail)")
            #expect(server.uploadFolders.isEmpty, "\(attack.kind)")
        }
        #expect(try await server.stored() == before)
        #expect(!FileManager.default.fileExists(atPath: "/tmp/escaped"))
        let scene = try Scene.current.folder
        #expect(!(try FileManager.default.subpathsOfDirectory(atPath: scene)).contains { $0.hasSuffix("escaped") })
        // Nothing of it has hurt anybody.
        let answer = try await server.put(ArchiveMaker.bytes("ordinary"), to: "data", token: mallory.token)
        #expect(answer.status == 201, "\(answer.text)")
    }

    @Test("as an upload fail it, say why as long as it is kept, and leave no bytes")
    func failedUpload() async throws {
        let server = try await Server.start()
        let mallory = try await server.person("mallory")
        let bytes = try await ArchiveMaker.bytes("parent")
        let created = try await server.create(bytes.count, dataset: "data", token: mallory.token)
        let id = try #require(try created.json()["id"]?.string)
        let answer = try await server.patch(id, at: 0, bytes, token: mallory.token)
        #expect(answer.status == 400)
        #expect(answer.code == "invalid_path")
        #expect(server.uploadFolders.isEmpty)
        let shown = try await server.get("/api/v1/uploads/\(id)", token: mallory.token).json()
        #expect(shown["state"]?.string == "failed")
        #expect(shown["archive"]?["problem"]?["code"]?.string == "invalid_path")
        let head = try await server.request(
            "HEAD",
            "/api/v1/uploads/\(id)",
            token: mallory.token,
            ["Tus-Resumable": "1.0.0"]
        )
        #expect(head.status == 200)
        #expect(head.fields["upload-offset"] == "\(bytes.count)")
        let again = try await server.request("POST", "/api/v1/uploads/\(id)/commit", token: mallory.token)
        #expect(again.code == "invalid_path")
        let removed = try await server.request(
            "DELETE",
            "/api/v1/uploads/\(id)",
            token: mallory.token,
            ["Tus-Resumable": "1.0.0"]
        )
        #expect(removed.status == 204)
        #expect(try await server.get("/api/v1/uploads/\(id)", token: mallory.token).status == 404)
    }
}
