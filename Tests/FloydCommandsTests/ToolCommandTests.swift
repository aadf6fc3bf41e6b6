import FloydAPI
import FloydClient
import FloydModel
import Foundation
import Testing

@testable import FloydCommands

@Suite struct ToolCommandTests {
    private func account() throws -> AccountResponse {
        AccountResponse(id: Sample.id, name: try Name("alice"), role: "user")
    }

    @Test func loginVerifiesThenSaves() throws {
        let world = try TestWorld(isLoggedIn: false)
        world.server.on("GET /api/v1/account", try account())
        #expect(world.run("login", "--host", "127.0.0.1:9", "--token", "fd_abc") == 0, "\(world.errors.text)")
        #expect(world.output.text == "Logged in to http://127.0.0.1:9 as alice\n")
        #expect(world.server.requests[0].headers["Authorization"] == "Bearer fd_abc")
        let path = world.root + "/home/.config/floydlite/config.json"
        #expect(
            try world.context.settings().load() == Settings(host: "http://127.0.0.1:9", token: "fd_abc", user: "alice")
        )
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func theTokenCanBeTyped() throws {
        let world = try TestWorld(isLoggedIn: false)
        world.token = "typed"
        world.server.on("GET /api/v1/account", try account())
        #expect(world.run("login", "--json") == 0)
        #expect(world.server.requests[0].headers["Authorization"] == "Bearer typed")
        #expect(try MessageCoding.decode(AccountResponse.self, from: Data(world.output.bytes)) == account())
    }

    @Test func aWrongTokenIsNotSaved() throws {
        let world = try TestWorld()
        world.server.on("GET /api/v1/account", fails: FloydError(.unauthenticated, "the token is not valid"))
        #expect(world.run("login", "--token", "wrong") == 77)
        #expect(try world.context.settings().load().token == "secret")
    }

    @Test(arguments: ["", "a b", "a\nX-Evil: 1", "ü"])
    func whatIsNoTokenIsNotSent(_ token: String) throws {
        let world = try TestWorld(isLoggedIn: false)
        #expect(world.run("login", "--token", token) == 64)
        #expect(world.server.lines.isEmpty)
    }

    @Test func logoutForgetsTheToken() throws {
        let world = try TestWorld()
        #expect(world.run("logout") == 0)
        #expect(try world.context.settings().load() == Settings(host: "http://127.0.0.1:8080"))
        #expect(world.run("status") == 77)
        #expect(world.errors.text.contains("floydlite login"))
        #expect(world.server.lines.isEmpty)
    }

    @Test func versionIsPrinted() throws {
        let world = try TestWorld(isLoggedIn: false)
        #expect(world.run("version") == 0)
        #expect(world.output.text == "floydlite \(FloydClient.version)\n")
        #expect(world.run("--version") == 0)
    }

    @Test func initMakesAProject() throws {
        let world = try TestWorld()
        world.server.on("POST /api/v1/projects", try Sample.resource("alice/projects/classify"))
        #expect(world.run("init", "classify") == 0)
        #expect(try FolderMarker.project.load(in: world.folder)?.name.string == "classify")
        #expect(world.read(".floydignore") == DefaultIgnoreFile.content)
        try world.write("mine\n", to: ".floydignore")
        #expect(world.run("init", "classify") == 0)
        #expect(world.read(".floydignore") == "mine\n")
    }

    @Test func anothersNamespaceIsRefused() throws {
        let world = try TestWorld()
        world.server.on("GET /api/v1/account", try account())
        #expect(world.run("init", "bob/projects/classify") == 77)
        #expect(try FolderMarker.project.load(in: world.folder) == nil)
        #expect(world.server.lines == ["GET /api/v1/account"])
    }

    @Test(arguments: ["..", "a/b/c/d", "classify/3", "12", "alice/datasets/x", "a b"])
    func whatIsNoProjectNameIsRefused(_ name: String) throws {
        let world = try TestWorld()
        #expect(world.run("init", name) == 64)
        #expect(world.server.lines.isEmpty)
    }

    @Test func damagedFilesAreNamed() throws {
        let world = try TestWorld()
        try world.write("{", to: ".floydexpt")
        #expect(world.run("info") == 66)
        #expect(world.errors.text.contains(".floydexpt is damaged"))
    }

    @Test func errorsAreJSONWhereOutputIs() throws {
        let world = try TestWorld()
        #expect(world.run("info", "classify/3", "--json") == 69)
        let problem = try MessageCoding.decode(Problem.self, from: Data(world.errors.bytes))
        #expect(problem.code == .unreachable)
        #expect(world.output.text.isEmpty)
        let other = try TestWorld()
        #expect(other.run("info", "--json", "--nonsense") == 64)
        #expect(try MessageCoding.decode(Problem.self, from: Data(other.errors.bytes)).code == .invalidRequest)
    }

    @Test func whatIsWrongHereIsNoFaultOfAServer() throws {
        let world = try TestWorld()
        world.server.on("GET /api/v1/jobs/classify%2F3", fails: FloydError(.internalError, "a fault"))
        let cases: [(words: [String], status: Int, code: FloydError.Code)] = [
            (["info"], 404, .notInitialised), (["info", "classify/2"], 503, .unreachable),
            (["info", "a b"], 400, .invalidName), (["info", "classify/3"], 500, .internalError),
        ]
        for (words, status, code) in cases {
            let before = world.errors.bytes.count
            #expect(CommandLineTool.run(words + ["--json"], in: world.context) != 0)
            let problem = try MessageCoding.decode(Problem.self, from: Data(world.errors.bytes[before...]))
            #expect(problem.status == status && problem.code == code, "\(problem)")
        }
        let file = ErrorReport.problem(FloydError(.localFile, "can't read x"))
        #expect(file.status == 400 && file.title == "Bad Request")
    }

    @Test(arguments: [
        (["--json", "status"], ["status", "--json"]),
        (["--json", "data", "status", "x"], ["data", "status", "--json", "x"]),
        (["--json", "token", "list"], ["token", "list", "--json"]),
        (["--host=http://a", "login"], ["login", "--host=http://a"]), (["status", "--json"], ["status", "--json"]),
        (["--json"], ["--json"]), (["--help"], ["--help"]), ([], []),
    ])
    func optionsMayStandBeforeTheCommand(line: [String], same: [String]) {
        #expect(CommandLineTool.commandFirst(line) == same)
    }

    @Test(arguments: [
        (["statsu"], "there is no command floydlite statsu", "Did you mean `status`? See `floydlite --help`."),
        (
            ["data", "cloen", "x"], "there is no command floydlite data cloen",
            "Did you mean `clone`? See `floydlite help data`."
        ),
        (["frobnicate"], "there is no command floydlite frobnicate", "See `floydlite --help`."),
        (["token", "crate", "ci"], "there is no command floydlite token crate", "Did you mean `create`?"),
        (["data", "clone"], "Missing expected argument '<name>'", "See `floydlite help data clone`."),
        (["clone"], "Missing expected argument '<job>'", "See `floydlite help clone`."),
        (["status", "--nonsense"], "Unknown option '--nonsense'", "See `floydlite help status`."),
    ])
    func mistypedCommandsAreGuessed(_ words: [String], _ message: String, _ hint: String) throws {
        let world = try TestWorld(isLoggedIn: false)
        #expect(CommandLineTool.run(words, in: world.context) == 64)
        #expect(world.errors.text.hasPrefix("floydlite: error: \(message)\n  \(hint)"), "\(world.errors.text)")
    }

    @Test func commandsAreListedOnce() throws {
        let world = try TestWorld(isLoggedIn: false)
        #expect(world.run("data", "--help") == 0)
        #expect(world.output.text.components(separatedBy: "  status ").count == 2, "\(world.output.text)")
    }

    @Test func helpTellsTheExitCodes() throws {
        let world = try TestWorld(isLoggedIn: false)
        #expect(world.run("--help") == 0)
        #expect(world.output.text.contains("EXIT CODES:"))
        #expect(world.run() == 0)
        #expect(world.run("help", "run") == 0)
        #expect(world.run("frobnicate") == 64)
        #expect(world.errors.text.hasPrefix("floydlite: error: "))
    }
}

@Suite struct ConnectionTests {
    @Test(
        arguments: [
            ([:], nil), (["SSL_CERT_FILE": "/a"], "/a"), (["CURL_CA_BUNDLE": "/b"], "/b"),
            (["SSL_CERT_FILE": "/a", "CURL_CA_BUNDLE": "/b"], "/a"),
            (["SSL_CERT_FILE": "", "CURL_CA_BUNDLE": "/b"], "/b"),
        ] as [([String: String], String?)]
    )
    func theFileOfCertificatesIsThatOfTheMessages(environment: [String: String], file: String?) {
        #expect(CommandContext.certificates(in: environment) == file)
    }

    private let saved = Settings(host: "http://box:8080", token: "saved", user: "alice")

    @Test func theEnvironmentWins() throws {
        let environment = ["FLOYDLITE_HOST": "http://other:1", "FLOYDLITE_TOKEN": "given"]
        let connection = try Connection.resolve(saved, environment)
        #expect(connection.address.base == "http://other:1")
        #expect(connection.token == "given")
    }

    @Test func aTokenGoesToItsServerAlone() throws {
        #expect(try Connection.resolve(saved, [:]).token == "saved")
        #expect(try Connection.resolve(saved, ["FLOYDLITE_HOST": "http://other:1"]).token == nil)
        #expect(try Connection.resolve(saved, ["FLOYDLITE_HOST": "http://box:8080/"]).token == "saved")
        #expect(try Connection.resolve(saved, ["FLOYDLITE_HOST": "", "FLOYDLITE_TOKEN": ""]).token == "saved")
    }

    @Test func withoutSettingsTheLocalServerIsMeant() throws {
        #expect(try Connection.resolve(Settings(), [:]) == Connection(address: .standard, token: nil))
    }

    @Test func configurationFoldersFollowTheSpecification() throws {
        #expect(
            try SettingsFile(environment: ["XDG_CONFIG_HOME": "/c", "HOME": "/h"]).path == "/c/floydlite/config.json"
        )
        #expect(
            try SettingsFile(environment: ["XDG_CONFIG_HOME": "c", "HOME": "/h"]).path
                == "/h/.config/floydlite/config.json"
        )
        #expect(throws: FloydError.self) { try SettingsFile(environment: [:]) }
    }
}

@Suite struct TextStyleTests {
    private let style = TextStyle(now: Date(timeIntervalSince1970: 1_000_000), hasColours: false)

    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (1005, "1.00 kB"), (12_345, "12.3 kB"), (999_499, "999 kB"),
        (999_500, "1.00 MB"), (2_150_000_000, "2.15 GB"), (99_960, "100 kB"), (9_996, "10.0 kB"),
        (Int64.max, "9.22 EB"),
    ])
    func bytesHaveThreeFigures(_ bytes: Int64, _ text: String) {
        #expect(TextStyle.bytes(bytes) == text)
    }

    @Test(arguments: [
        (2, "just now"), (30, "30 seconds ago"), (60, "1 minute ago"), (7_200, "2 hours ago"), (90_000, "1 day ago"),
    ])
    func agesAreInWords(_ seconds: Double, _ text: String) {
        #expect(style.age(of: Date(timeIntervalSince1970: 1_000_000 - seconds)) == text)
    }

    @Test func tablesAlign() {
        var table = Table(["A", "LONG"])
        table.add(["wide cell", "x"])
        table.add(["\u{1b}[31mred\u{1b}[0m", "y"])
        #expect(table.text == "A          LONG\n---------  ----\nwide cell  x\n\u{1b}[31mred\u{1b}[0m        y\n")
    }

    @Test func progressIsALine() {
        let line = TransferProgress.line("data", 1_500_000, of: 3_000_000, (2, 7), after: .seconds(1))
        #expect(line == "data [============>           ]  50%  2 of 7 files  1.50 MB of 3.00 MB  1.50 MB/s  0:01 left")
    }
}
