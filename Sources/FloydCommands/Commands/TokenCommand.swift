import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel
import FloydProject

struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Keep tokens, with which programs and other machines log in.",
        subcommands: [TokenListCommand.self, TokenCreateCommand.self, TokenRevokeCommand.self]
    )
}

struct TokenListCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List your tokens and when each was used last.",
        discussion:
            "The one in use is marked with a star. Web logins are listed, too; each ends with the token that it was begun with."
    )

    @Flag(help: "Also those that were revoked or have expired.")
    var all = false
    @Option(help: "Those of another account; for admins.")
    var user: String?
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let user = try user.map { text throws(FloydError) in try Name(text) }
        let tokens = try context.client().tokens(of: user)
        let shown = all ? tokens : tokens.filter { $0.state == "active" }
        if shown.isEmpty {
            context.console.note("There are no tokens\(all ? "" : " that are accepted; --all lists the others too").")
            if output.format == .table { return ExitStatus.success }
        }
        try OutputRenderer(format: output.format, context: context).render(TokenList(items: shown))
        return ExitStatus.success
    }
}

struct TokenCreateCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make another token and print it.",
        discussion: "The token stands alone on standard output and is shown this once; the server keeps only its hash."
    )

    @Argument(
        help: "What you call it: where it is used, say. Of your tokens that are accepted no two have the same name."
    )
    var name: String
    @Option(help: ArgumentHelp("How long it is good for: 12h, 90d; without it until it is revoked.", valueName: "time"))
    var expires: String?
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let seconds = try expires.map { text throws(FloydError) in
            guard let seconds = TimeSpan.seconds(text), seconds > 0 else {
                throw FloydError(
                    .invalidRequest,
                    "\(text.debugDescription) is no time that a token can be good for",
                    hint: "Give whole seconds, minutes, hours or days: 12h, 90d."
                )
            }
            return seconds
        }
        let client = try context.client()
        let created = try client.createToken(CreateTokenRequest(name: name, expiresIn: seconds))
        if output.format == .table {
            let end = created.about.expires.map { "It is good until \(MessageCoding.format($0))." } ?? ""
            context.console.note("This is the token; it is not shown again. \(end)")
        }
        try OutputRenderer(format: output.format, context: context).render(CreatedToken(token: created))
        return ExitStatus.success
    }
}

struct TokenRevokeCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Make a token worthless.",
        discussion: """
            At once, with the web logins that were begun with it. Logs that are followed with it end within a minute. What jobs run goes on.
            """
    )

    @Argument(help: "The token's name or id, as `floydlite token list` shows them, or `current` for the one in use.")
    var token: String
    @Option(help: "The account that has a token of this name; for admins.")
    var user: String?
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let client = try context.client()
        let user = try user.map { text throws(FloydError) in try Name(text) }
        let found = try find(client, user)
        try client.revokeToken(found.id)
        if found.current { try forget(context) }
        var revoked = found
        revoked.state = "revoked"
        try OutputRenderer(format: output.format, context: context).render(RevokedToken(token: revoked))
        return ExitStatus.success
    }

    private func find(_ client: FloydClient, _ user: Name?) throws(FloydError) -> TokenResponse {
        // An admin may name any by its id.
        if let id = ObjectID(token), user == nil { return try client.token(id) }
        let tokens = try client.tokens(of: user)
        let live = tokens.filter { $0.state == "active" }
        if token == "current", user == nil {
            guard let current = live.first(where: \.current) else {
                throw FloydError(
                    .notFound,
                    "no token is in use: your user on the server's machine is the login",
                    hint: "Name one: `floydlite token list`."
                )
            }
            return current
        }
        // Web logins have no name of their own.
        let named = live.filter { $0.kind == "token" && $0.name == token || $0.id.string == token }
        if let only = named.first, named.count == 1 { return only }
        let names = live.filter { $0.kind == "token" }.map(\.name)
        throw FloydError(
            .notFound,
            "there is no token \(TextStyle.printable(token)) that could be revoked",
            hint: NearestNames.question(NearestNames.nearest(to: token, among: names))
                ?? "`floydlite token list` lists them."
        )
    }

    /// What was saved of a token that is worthless now is only in the way.
    private func forget(_ context: CommandContext) throws(FloydError) {
        let file = try context.settings()
        let saved = try file.load()
        if context.environment["FLOYDLITE_TOKEN"]?.isEmpty == false {
            context.console.note("floydlite: FLOYDLITE_TOKEN is still set to it")
        } else if saved.token != nil {
            try file.save(Settings(host: saved.host))
            context.console.note("floydlite: that was the token in use; log in again with `floydlite login`")
        }
    }
}
