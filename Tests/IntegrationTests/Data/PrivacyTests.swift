import FloydConformance
import Foundation
import Testing

/// Nobody learns from an upload what others have, while one's own is sent once.
@Suite(.scene, .tags(.integration))
struct PrivacyTests {
    /// A file with its hash.
    struct File: Sendable {
        let path: String
        let bytes: [UInt8]
        let hash: String

        /// - Parameter text: as much of it as other files that it is compared with have.
        init(_ path: String, _ text: String) async throws {
            self.path = path
            bytes = Array(text.utf8)
            let file = try Scene.current.makeFolder("hashing") + "/\(UInt64.random(in: 0 ... .max))"
            try Data(bytes).write(to: URL(filePath: file))
            let outcome = try await Command(program: "/usr/bin/b3sum", arguments: [file]).run()
            hash = String(outcome.text.prefix(64))
        }

        func line(isHashed: Bool) -> String {
            let member = isHashed ? #","blake3":"\#(hash)""# : ""
            return #"{"path":"\#(path)","type":"file","size":\#(bytes.count)\#(member)}"# + "\n"
        }
    }

    /// All that a server says to somebody, without what is different each time.
    struct Story: Equatable {
        private(set) var answers: [String] = []
        /// Names of things and hashes, by what they are called here.
        private var names: [String: String] = [:]

        mutating func call(_ word: String, _ name: String) {
            names[word] = name
        }

        mutating func add(_ what: String, _ answer: Answer) {
            let fields = answer.fields.filter { $0.key != "date" }.sorted { $0.key < $1.key }
            var text = "\(what): \(answer.status)\n"
            for (name, value) in fields { text += "\(name): \(value)\n" }
            text += answer.text
            for (word, name) in names { text.replace(word, with: name) }
            text.replace(#/\d\d [A-Z][a-z]+ \d{4} \d\d:\d\d:\d\d GMT/#, with: "TIME")
            text.replace(#/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z/#, with: "TIME")
            answers.append(text)
        }

        static func == (one: Story, other: Story) -> Bool { one.answers == other.answers }
    }

    /// Goes through an upload of `files` that ends in a version of `data`, and notes everything that is said.
    ///
    /// - Parameter isHashed: whether the manifest has the hashes, or they come with the commit.
    private func upload(_ files: [File], isHashed: Bool, as person: Person) async throws -> (story: Story, sent: Int) {
        let (server, token) = (person.server, person.token)
        var story = Story()
        story.call(person.name, "NAME")
        for (number, file) in files.enumerated() { story.call(file.hash, "HASH-\(number)") }
        let begun = try await server.upload(files.map { $0.line(isHashed: isHashed) }.joined(), token: token)
        let id = try #require(try begun.json()["id"]?.string, "\(begun.text)")
        story.call(id, "UPLOAD")
        story.add("begin", begun)
        let api = "/api/v1/uploads/\(id)"
        story.add("show", try await server.get(api, token: token))
        story.add("offset", try await server.request("HEAD", api, token: token, ["Tus-Resumable": "1.0.0"]))
        let missing = try await server.get("\(api)/missing", token: token)
        story.add("missing", missing)
        var sent = 0
        if try begun.json()["state"]?.string != "committed" {
            let lines = missing.text.split(separator: "\n").compactMap { Int($0) }
            let bytes = lines.flatMap { files[$0].bytes }
            sent = bytes.count
            story.add("too early", try await server.request("POST", "\(api)/commit", token: token))
            // Nobody gets to a content by its hash alone.
            let none = try await server.patch(id, at: 0, [UInt8](repeating: 0, count: 1), token: token)
            story.add("a wrong byte", none)
            story.add("the rest", try await server.patch(id, at: 1, Array(bytes.dropFirst()), token: token))
            let hashes = isHashed ? "" : files.map { "\($0.hash)\n" }.joined()
            let wrong = try await server.request("POST", "\(api)/commit", token: token, body: Array(hashes.utf8))
            story.add("a wrong commit", wrong)
            #expect(wrong.status >= 400)
            return try await again(story, files, isHashed: isHashed, as: person)
        }
        story.add("version", try await makeVersion(id, as: person))
        return (story, sent)
    }

    /// The same, without a mistake.
    private func again(_ story: Story, _ files: [File], isHashed: Bool, as person: Person) async throws
        -> (story: Story, sent: Int)
    {
        let (server, token) = (person.server, person.token)
        var story = story
        let begun = try await server.upload(files.map { $0.line(isHashed: isHashed) }.joined(), token: token)
        let id = try #require(try begun.json()["id"]?.string, "\(begun.text)")
        story.call(id, "UPLOAD-2")
        story.add("begin again", begun)
        let api = "/api/v1/uploads/\(id)"
        let missing = try await server.get("\(api)/missing", token: token)
        story.add("missing", missing)
        let bytes = missing.text.split(separator: "\n").compactMap { Int($0) }.flatMap { files[$0].bytes }
        story.add("bytes", try await server.patch(id, at: 0, bytes, token: token))
        let hashes = isHashed ? "" : files.map { "\($0.hash)\n" }.joined()
        let committed = try await server.request("POST", "\(api)/commit", token: token, body: Array(hashes.utf8))
        #expect(committed.status == 200, "\(committed.text)")
        story.add("commit", committed)
        let version = try await makeVersion(id, as: person)
        if let id = try version.json()["id"]?.string { story.call(id, "VERSION") }
        story.add("version", version)
        return (story, bytes.count)
    }

    private func makeVersion(_ upload: String, as person: Person) async throws -> Answer {
        try await person.server.post(
            "/api/v1/datasets/data/versions",
            json: #"{"upload":"\#(upload)"}"#,
            token: person.token
        )
    }

    private static func text(_ seed: Int, lines: Int = 2_000) -> String {
        (0..<lines).map { "\(seed) \(100_000 + $0) \(4_294_967_296 + ($0 &+ seed) &* 2_654_435_761 % 4_294_967_291)\n" }
            .joined()
    }

    @Test("What another has is asked for like what nobody has", arguments: [true, false])
    func uploads(isHashed: Bool) async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let bobby = try await server.person("bobby")
        let carol = try await server.person("carol")
        // Of the same length each.
        let known = [try await File("a/x", Self.text(1)), try await File("b", Self.text(2))]
        let unknown = [try await File("a/x", Self.text(3)), try await File("b", Self.text(4))]
        for person in [alice, bobby, carol] { _ = try await person.json("data", "init", "data") }
        #expect(try await upload(known, isHashed: isHashed, as: alice).sent == known.map(\.bytes.count).reduce(0, +))

        // A first upload, and a second version beside a file of one's own.
        for round in 0..<2 {
            let own = round == 0 ? [] : [try await File("c", Self.text(5))]
            if round == 1 {
                for person in [bobby, carol] { _ = try await upload(own, isHashed: isHashed, as: person) }
            }
            let parts = round == 0 ? 0..<1 : 1..<2
            let his = try await upload(known[parts] + own, isHashed: isHashed, as: bobby)
            let hers = try await upload(unknown[parts] + own, isHashed: isHashed, as: carol)
            #expect(his.sent == hers.sent)
            #expect(his.story.answers.count == hers.story.answers.count)
            for (one, other) in zip(his.story.answers, hers.story.answers) { #expect(one == other) }
            let all = (known[parts] + own).map(\.bytes.count).reduce(0, +)
            #expect(his.sent == (isHashed ? known[parts].map(\.bytes.count).reduce(0, +) : all))
        }

        // One's own is there once its hash is said.
        for person in [alice, bobby] {
            let files = person.name == "alice" ? known : [known[0]]
            let begun = try await server.upload(files.map { $0.line(isHashed: true) }.joined(), token: person.token)
                .json()
            #expect(begun["state"]?.string == "committed" && begun["length"]?.integer == 0)
        }
    }

    @Test("Blocks and recipes know what another has as little as what nobody has")
    func differences() async throws {
        let server = try await Server.start()
        let alice = try await server.person("alice")
        let bob = try await server.person("bob")
        let theirs = try await File("weights", Self.text(1))
        let absent = try await File("weights", Self.text(2))
        let own = try await File("own", Self.text(3))
        for person in [alice, bob] { _ = try await person.json("data", "init", "data") }
        _ = try await upload([theirs], isHashed: true, as: alice)
        _ = try await upload([own], isHashed: true, as: bob)
        let version = try #require(try await alice.json("data", "status", "data/1")["id"]?.string)

        func blocks(_ version: String, _ path: String, as person: Person) async throws -> Answer {
            let query = "path=\(path)&size=\(theirs.bytes.count)&average=16384"
            return try await server.get("/api/v1/dataset-versions/\(version)/blocks?\(query)", token: person.token)
        }
        #expect(try await blocks(version, "weights", as: alice).status == 200)
        for (asked, none) in [
            (version, "abcdefghijkmnopqrstuvw"), ("alice%2Fdata%2F1", "alice%2Fdatx%2F1"),
            ("alice%2Fdatasets%2Fdata%2F1", "carol%2Fdatasets%2Fdata%2F1"),
        ] {
            var (one, other) = (Story(), Story())
            one.call(asked.replacingOccurrences(of: "%2F", with: "/"), "VERSION")
            other.call(none.replacingOccurrences(of: "%2F", with: "/"), "VERSION")
            one.add("blocks", try await blocks(asked, "weights", as: bob))
            other.add("blocks", try await blocks(none, "weights", as: bob))
            #expect(one.answers == other.answers && one.answers[0].hasPrefix("blocks: 404"), "\(one.answers)")
        }

        /// Bob's upload of a file that is said to be like `base`.
        func recipe(_ base: File, _ last: String) async throws -> Story {
            let next = try await File("next", Self.text(7, lines: 2_001))
            var story = Story()
            story.call(base.hash, "BASE")
            let begun = try await server.upload(next.line(isHashed: true), token: bob.token)
            let id = try #require(try begun.json()["id"]?.string)
            story.call(id, "UPLOAD")
            let text =
                "file 0 \(base.hash)\ncopy 0 \(base.bytes.count)\nsend \(next.bytes.count - base.bytes.count)\n"
            let api = "/api/v1/uploads/\(id)"
            let answer = try await server.request(
                "PUT",
                "\(api)/recipe",
                token: bob.token,
                body: Array((text + last).utf8)
            )
            story.add("recipe", answer)
            story.add("upload", try await server.get(api, token: bob.token))
            story.add("recipes", try await server.get("\(api)/recipe", token: bob.token))
            story.add("removed", try await server.request("DELETE", api, token: bob.token))
            return story
        }
        for (last, status) in [("", 404), ("copy 0 999999999\n", 404), ("nonsense\n", 400)] {
            let foreign = try await recipe(theirs, last)
            let unknown = try await recipe(absent, last)
            #expect(foreign == unknown, "\(foreign.answers)\n\(unknown.answers)")
            #expect(foreign.answers[0].hasPrefix("recipe: \(status)"), "\(foreign.answers[0])")
        }
        let mine = try await recipe(own, "")
        #expect(mine.answers[0].hasPrefix("recipe: 200"), "\(mine.answers[0])")
    }

    @Test("The tool sends what is one's own once, and what is another's like anything")
    func tool() async throws {
        let server = try await Server.start()
        let text = Self.text(1, lines: 20_000)
        var previews: [String: JSON] = [:]
        for name in ["alice", "bob"] {
            let person = try await server.person(name)
            try person.write(text, to: "data/large")
            try person.write("small", to: "data/small")
            try await person.succeed("data", "init", "data", in: "data")
            previews[name] = try await person.json("data", "upload", "--dry-run", in: "data")
            try await person.succeed("data", "upload", in: "data")
            let again = try await person.json("data", "upload", "--dry-run", in: "data")
            #expect(again["bytes_to_send"]?.integer == 0 && again["files_to_send"]?.integer == 0)
            // Also under another name, beside something new.
            try person.write(text, to: "data/copy/renamed")
            try person.write(Self.text(2), to: "data/new")
            let next = try await person.json("data", "upload", "--dry-run", in: "data")
            #expect(next["bytes_to_send"]?.integer == Self.text(2).utf8.count && next["files_to_send"]?.integer == 1)
            try await person.succeed("data", "upload", in: "data")
        }
        #expect(previews["alice"] == previews["bob"])
        #expect(previews["bob"]?["bytes_to_send"]?.integer == text.utf8.count + 5)
    }
}
