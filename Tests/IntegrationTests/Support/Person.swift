import FloydConformance
import Foundation
import Glibc
import Testing

/// Somebody with an account on a server, a folder of files, and the real `floydlite` with settings of its own.
struct Person: Sendable {
    let server: Server
    let name: String
    let token: String
    /// Where this person's folders are, and the home.
    let folder: String
    /// Whom the tool runs as.
    var actor = Actor.tester

    /// The folder of the tool's settings.
    var settings: String { "\(folder)/.config" }

    /// Writes a file of the person's.
    @discardableResult
    func write(_ text: String, to path: String) throws -> String {
        let whole = "\(folder)/\(path)"
        let parent = whole.split(separator: "/").dropLast().reduce(into: "") { $0 += "/\($1)" }
        if !FileManager.default.fileExists(atPath: parent) {
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            try actor.own(parent)
        }
        try Data(text.utf8).write(to: URL(filePath: whole))
        try actor.own(whole)
        return whole
    }

    func read(_ path: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8)
    }

    /// `floydlite` with these words in the person's folder `folder`.
    func command(_ words: [String], in folder: String = ".", input: String? = nil, environment: [String: String] = [:])
        -> Command
    {
        var command = Command(program: Programs.floydlite, arguments: words)
        command.environment = Command.basicEnvironment.merging(environment) { $1 }
        command.environment["HOME"] = self.folder
        command.environment["XDG_CONFIG_HOME"] = settings
        command.folder = "\(self.folder)/\(folder)"
        command.input = input.map { Array($0.utf8) }
        command.actor = actor
        return command
    }

    func floydlite(
        _ words: String...,
        in folder: String = ".",
        input: String? = nil,
        environment: [String: String] = [:]
    ) async throws -> Outcome {
        try await command(words, in: folder, input: input, environment: environment).run()
    }

    /// The same, which must go well.
    @discardableResult
    func succeed(
        _ words: String...,
        in folder: String = ".",
        input: String? = nil,
        at location: SourceLocation = #_sourceLocation
    ) async throws -> Outcome {
        let outcome = try await command(words, in: folder, input: input).run()
        try #require(outcome.status == 0, "\(outcome.testDescription)", sourceLocation: location)
        return outcome
    }

    /// The one document that the words with `--json` print, and nothing but it.
    func json(
        _ words: String...,
        in folder: String = ".",
        at location: SourceLocation = #_sourceLocation
    ) async throws -> JSON {
        let outcome = try await command(words + ["--json"], in: folder).run()
        try #require(outcome.status == 0, "\(outcome.testDescription)", sourceLocation: location)
        return try JSON(outcome.output)
    }

    func logIn() async throws {
        try await succeed("login", "--host", server.address, "--token", token)
    }

    /// Makes the project `name` in a folder of that name.
    func makeProject(_ name: String, _ files: [String: String] = ["main.py": "print('hello')\n"]) async throws {
        for (path, text) in files { try write(text, to: "\(name)/\(path)") }
        try await succeed("init", name, in: name)
    }

    /// Submits a job from a project's folder.
    ///
    /// - Returns: its id.
    func submit(
        _ words: String...,
        in project: String,
        at location: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let outcome = try await command(["run", "--json"] + words, in: project).run()
        try #require(outcome.status == 0, "\(outcome.testDescription)", sourceLocation: location)
        return try #require(try JSON(outcome.output)["id"]?.string, sourceLocation: location)
    }

    /// The job once it is in that state.
    func job(_ id: String, is state: String, within limit: Duration = .seconds(60)) async throws -> JSON {
        try await eventually("\(id) to be \(state)", within: limit) {
            let job = try await server.get("/api/v1/jobs/\(id)", token: token).json()
            let now = job["state"]?.string
            guard now != state else { return job }
            guard now != "finished" else {
                throw FixtureFailure(description: "the job has ended and never was \(state): \(job)")
            }
            return nil
        }
    }

    /// The job's log as it is, with `-t` as it is at the job's end.
    func log(of id: String) async throws -> String {
        try await succeed("logs", "--raw", id).text
    }
}

extension Server {
    /// A new account, its owner logged in.
    func person(_ name: String, as actor: Actor = .tester) async throws -> Person {
        let person = try await newcomer(name, as: actor)
        try await person.logIn()
        return person
    }

    /// A new account, whose owner's tool knows nothing of it yet.
    func newcomer(_ name: String, as actor: Actor = .tester) async throws -> Person {
        let outcome = try await daemon(["user", "add", name, "--config", configFile, "--data-dir", dataFolder]).run()
        try #require(outcome.status == 0, "\(outcome.testDescription)")
        let token = try #require(outcome.lines.first)
        let folder = try Scene.current.makeFolder(name, for: actor)
        return Person(server: self, name: name, token: token, folder: folder, actor: actor)
    }
}
