import FloydAPI
import FloydClient
import FloydModel
import FoundationEssentials

/// What a command has of the world around it; tests give it another world.
struct CommandContext {
    var environment: [String: String]
    /// The folder that the command stands in.
    var folder: String
    var console: Console
    var makeTransport: (ServerAddress) throws(FloydError) -> any Transport
    var readToken: () throws(FloydError) -> String
    var now: () -> Date
    /// Makes Ctrl-C end the following alone.
    var rememberInterruption: () -> Void
    var pause: (Duration) -> Void
    /// Asks whether something is meant; nil where nobody is there to be asked.
    var confirm: (_ question: String) -> Bool? = { _ in nil }

    /// The process this is.
    static func ofProcess() -> CommandContext {
        let environment = ProcessInfo.processInfo.environment
        let console = Console.ofProcess(environment: environment)
        return CommandContext(
            environment: environment,
            folder: FileManager.default.currentDirectoryPath,
            console: console,
            makeTransport: { address throws(FloydError) in
                try CurlTransport(
                    to: address,
                    certificates: certificates(in: environment),
                    isCancelled: { Interruption.hasHappened }
                )
            },
            readToken: { () throws(FloydError) in try TokenPrompt(console: console).read() },
            now: { Date() },
            rememberInterruption: Interruption.remember,
            pause: Pause.sleeping(unless: { Interruption.hasHappened }),
            confirm: { ConfirmationPrompt(console: console).ask($0) }
        )
    }

    /// The file of certificates to trust instead of the system's: what this tool's own messages name, else what is set for `curl`.
    static func certificates(in environment: [String: String]) -> String? {
        ["SSL_CERT_FILE", "CURL_CA_BUNDLE"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    }

    /// The client of the server that settings and environment name.
    ///
    /// On a Unix socket the server may know its user without a token.
    ///
    /// - Throws: `FloydError` with `unauthenticated` if there is no token for it.
    func client() throws(FloydError) -> FloydClient {
        let connection = try Connection.resolve(try settings().load(), environment)
        if connection.token == nil, connection.address.socketPath != nil {
            return try client(of: connection.address, token: nil)
        }
        guard let token = connection.token else {
            throw FloydError(
                .unauthenticated,
                "not logged in to \(connection.address)",
                hint: "Log in with `floydlite login --host \(connection.address)`, or set FLOYDLITE_TOKEN."
            )
        }
        return try client(of: connection.address, token: token)
    }

    /// - Throws: `FloydError` with `forbidden` if the folder is another's project: its jobs would come to stand elsewhere.
    func checkOwner(of project: FolderMarker.Content) throws(FloydError) {
        // A token from the environment may be anybody's.
        guard environment["FLOYDLITE_TOKEN"]?.isEmpty != false else { return }
        let saved = try settings().load()
        // Who one is on another server is for that one to say.
        guard try Connection.resolve(saved, environment).address == Connection.resolve(saved, [:]).address else {
            return
        }
        guard let user = saved.user, user != project.namespace.string else { return }
        throw FloydError(
            .forbidden,
            "this folder is the project \(project.resource(.projects)), and you are \(user)",
            hint: "Make it a project of yours with `floydlite init \(project.name)`."
        )
    }

    func client(of address: ServerAddress, token: String?) throws(FloydError) -> FloydClient {
        var hasSpoken = false
        let retry = Retrying(
            pause: pause,
            notice: { [console] error in
                if hasSpoken { return }
                hasSpoken = true
                console.note("floydlite: \(TextStyle.printable(error.message)); trying again")
            }
        )
        return FloydClient(address: address, token: token, transport: try makeTransport(address), retry: retry)
    }

    func settings() throws(FloydError) -> SettingsFile {
        try SettingsFile(environment: environment)
    }

    /// The reference that `text` spells, or nil without one.
    func reference(_ text: String?) throws(FloydError) -> Reference? {
        guard let text else { return nil }
        return try Reference(parsing: text)
    }

    /// The job that `text` means here: anything but a full reference is seen from the project of this folder.
    func job(_ text: String?) throws(FloydError) -> Reference {
        let given = try reference(text)
        if let given, !given.isNumber { return given }
        return Reference.completing(given, in: try FolderMarker.project.required(in: folder).resource(.projects))
    }
}

extension Reference {
    /// Whether it is a bare number, which means nothing outside a project or dataset.
    var isNumber: Bool {
        if case .number = target { true } else { false }
    }
}
