import ArgumentParser
import FloydCore
import FloydModel

/// `floydlited user …`
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Accounts of the server.",
        subcommands: [Add.self]
    )

    /// `floydlited user add NAME`
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an account and print its token.",
            discussion: """
                The token stands alone on standard output and is shown this once; the server keeps only its hash. Works whether the \
                server runs or not, as the user that the server runs as.
                """
        )

        @Argument(help: "The account's name.")
        var name: String

        @Flag(help: "May see and stop what is other people's.")
        var admin = false

        @OptionGroup
        var options: ServerOptions

        func run() async throws {
            try await reporting {
                let (_, _, folder) = try options.load()
                let accounts = try await AccountService.open(folder)
                let (account, token) = try await accounts.addUser(Name(name), role: admin ? .admin : .user)
                StandardError.write("\(account.name) has an account now. This is its token; it is not shown again:\n")
                print(token)
            }
        }
    }
}
