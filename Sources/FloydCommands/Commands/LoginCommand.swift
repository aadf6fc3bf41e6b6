import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel

struct LoginCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Log in to a server.",
        discussion: """
            The token is what `floydlited user add` printed. Without --token it is asked for, or read from standard \
            input where that is no terminal. On the server's own machine (--host unix:/PATH) no token is needed where the \
            server's config knows your user.
            """
    )

    @Option(help: "The server: http://HOST:PORT, https://HOST or unix:/PATH.")
    var host: String?
    @Option(help: "The token of your account.")
    var token: String?
    @OptionGroup var output: OutputOptions

    var wantsJSON: Bool { output.json }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let file = try context.settings()
        let saved = try file.load()
        var address = try Connection.resolve(saved, context.environment).address
        if let host { address = try ServerAddress(parsing: host) }
        if token == nil, address.socketPath != nil, let account = try localAccount(at: address, context) {
            try file.save(Settings(host: address.description, user: account.name.string))
            try OutputRenderer(format: output.format, context: context)
                .render(LoggedInAccount(account: account, address: address))
            return ExitStatus.success
        }
        let token = if let token { token } else { try context.readToken() }
        // Anything else could not stand in a header field.
        guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw FloydError(
                .invalidRequest,
                token.isEmpty ? "the token is empty" : "the token has characters that a token can't have",
                hint: "Give the token that `floydlited user add` printed."
            )
        }
        let account = try context.client(of: address, token: token).account()
        try file.save(Settings(host: address.description, token: token, user: account.name.string))
        if !address.isLocal, !address.isEncrypted {
            context.console.note("floydlite: the token travels unencrypted to \(address); https would protect it")
        }
        try OutputRenderer(format: output.format, context: context)
            .render(LoggedInAccount(account: account, address: address))
        return ExitStatus.success
    }

    /// The account that this user has on the machine's own server, or nil if a token is needed.
    private func localAccount(at address: ServerAddress, _ context: CommandContext) throws(FloydError)
        -> AccountResponse?
    {
        do throws(FloydError) {
            return try context.client(of: address, token: nil).account()
        } catch {
            guard error.code == .unauthenticated else { throw error }
            context.console.note("floydlite: \(error.message)")
            if let hint = error.hint { context.console.note("  \(hint)") }
            return nil
        }
    }
}
