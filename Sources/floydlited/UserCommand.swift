import ArgumentParser
import FloydCore
import FloydModel

/// `floydlited user …`
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Accounts of the server.",
        discussion: "They work whether the server runs or not, as the user that the server runs as.",
        subcommands: [Add.self, List.self, Token.self, Disable.self, Enable.self]
    )

    /// The account that a command is about.
    struct Subject: ParsableArguments {
        @Argument(help: "The account's name.")
        var name: String
    }

    /// `floydlited user add NAME`
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an account and print its token.",
            discussion: """
                The token stands alone on standard output and is shown this once; the server keeps only its hash. Works whether the \
                server runs or not, as the user that the server runs as.
                """
        )

        @OptionGroup
        var subject: Subject

        @Flag(help: "May see everything, and stop, delete and publish what is other people's.")
        var admin = false

        @OptionGroup
        var life: TokenLife

        @OptionGroup
        var options: ServerOptions

        func run() async throws {
            try await reporting {
                let (_, _, folder) = try options.load()
                // Mistakes first: nothing is made for a line that can't be done.
                let name = try Name(subject.name)
                let seconds = try life.seconds()
                let isNew = !ServerOptions.hasData(folder)
                let accounts = try await AccountService.open(folder)
                if isNew { StandardError.write("A new data folder was made: \(folder.path)\n") }
                let (account, token) = try await accounts.addUser(
                    name,
                    role: admin ? .admin : .user,
                    expiresIn: seconds
                )
                StandardError.write("\(account.name) has an account now. This is its token; it is not shown again:\n")
                print(token)
            }
        }
    }

    /// `floydlited user token NAME`
    struct Token: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make another token of an account and print it.",
            discussion: """
                For somebody who lost theirs. The token stands alone on standard output and is shown this once. With --list the account's tokens are \
                listed instead, and when each was used last.
                """
        )

        @OptionGroup
        var subject: Subject

        @Option(
            help: ArgumentHelp(
                "What the token is called; without it `\(AccountService.defaultTokenName)`, numbered from the second on.",
                valueName: "label"
            )
        )
        var label: String?

        @OptionGroup
        var life: TokenLife

        @Flag(help: "List the account's tokens.")
        var list = false

        @Flag(help: "With --list: print one JSON document.")
        var json = false

        @OptionGroup
        var options: ServerOptions

        func run() async throws {
            try await reporting {
                let (_, folder) = try options.loadExisting()
                let accounts = try await AccountService.open(folder)
                let name = try Name(subject.name)
                guard !list else {
                    let tokens = try await accounts.tokens(of: name)
                    return json ? print(try UserListing.json(tokens)) : print(UserListing.text(tokens), terminator: "")
                }
                let token: String
                do {
                    token = try await accounts.addToken(to: name, name: label, expiresIn: life.seconds())
                } catch var error as FloydError where error.code == .alreadyExists {
                    error.hint =
                        "Choose another with --label; `floydlited user token \(name) --list` lists those there are."
                    throw error
                }
                StandardError.write("This is a token of \(name); it is not shown again:\n")
                print(token)
            }
        }
    }

    /// `floydlited user list`
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the accounts, and when a token of each was used last."
        )

        @Flag(help: "Print one JSON document.")
        var json = false

        @OptionGroup
        var options: ServerOptions

        func run() async throws {
            try await reporting {
                let (_, folder) = try options.loadExisting()
                let users = try await AccountService.open(folder).users()
                if json { print(try UserListing.json(users)) } else { print(UserListing.text(users), terminator: "") }
            }
        }
    }

    /// `floydlited user disable NAME`
    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Refuse an account's tokens from now on.",
            discussion: """
                At once, also those of the web and of the local socket; logs that it follows end within a minute. What the account runs goes \
                on; what it has waiting does not begin until it is enabled again. An admin may stop both.
                """
        )

        @OptionGroup
        var subject: Subject

        @OptionGroup
        var options: ServerOptions

        func run() async throws {
            try await reporting {
                let (_, folder) = try options.loadExisting()
                let name = try Name(subject.name)
                guard let jobs = try await AccountService.open(folder).setDisabled(true, name) else {
                    return StandardError.write("\(name) was disabled already.\n")
                }
                StandardError.write("\(name) is disabled: its tokens are refused.\n")
                if jobs.active > 0 { StandardError.write("  \(Count.text(jobs.active, "job")) of it goes on.\n") }
                if jobs.queued > 0 {
                    StandardError.write("  \(Count.text(jobs.queued, "job")) of it waits until it is enabled again.\n")
                }
            }
        }
    }

    /// `floydlited user enable NAME`
    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Accept a disabled account's tokens again.")

        @OptionGroup
        var subject: Subject

        @OptionGroup
        var options: ServerOptions

        func run() async throws {
            try await reporting {
                let (_, folder) = try options.loadExisting()
                let name = try Name(subject.name)
                guard let jobs = try await AccountService.open(folder).setDisabled(false, name) else {
                    return StandardError.write("\(name) was not disabled.\n")
                }
                StandardError.write("\(name) is enabled: its tokens are accepted again.\n")
                if jobs.queued > 0 {
                    StandardError.write("  \(Count.text(jobs.queued, "job")) of it may begin now.\n")
                }
            }
        }
    }
}

/// How long a token is to be good for.
struct TokenLife: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How long the token is good for: 12h, 90d; without it until it is revoked.",
            valueName: "time"
        )
    )
    var expires: String?

    func seconds() throws(FloydError) -> Int? {
        guard let expires else { return nil }
        return try AccountService.life(parsing: expires)
    }
}

/// Numbers with their words.
private enum Count {
    static func text(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
}
