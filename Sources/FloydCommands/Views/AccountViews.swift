import FloydAPI
import FloydClient
import FloydModel

/// A login that succeeded.
struct LoggedInAccount: Renderable {
    var account: AccountResponse
    var address: ServerAddress

    func encode(to encoder: any Encoder) throws {
        try account.encode(to: encoder)
    }

    func text(in style: TextStyle) -> String {
        "Logged in to \(address) as \(account.name)\n"
    }
}

/// Tokens in lines, as `token list` shows them.
struct TokenList: Renderable {
    var items: [TokenResponse]

    func text(in style: TextStyle) -> String {
        var table = Table(["", "NAME", "ID", "KIND", "STATUS", "CREATED", "EXPIRES", "LAST USED"])
        for token in items {
            table.add([
                token.current ? "*" : "", TextStyle.printable(token.name), token.id.string, Self.kind(token),
                token.state,
                style.age(of: token.created), token.expires.map(MessageCoding.format) ?? "never",
                token.lastUsed.map(style.age) ?? "never",
            ])
        }
        return table.text
    }

    private static func kind(_ token: TokenResponse) -> String {
        token.kind == "session" ? "web login" : TextStyle.printable(token.kind)
    }
}

/// A token that was just made. The token is all that goes to standard output.
struct CreatedToken: Renderable {
    var token: CreatedTokenResponse

    func encode(to encoder: any Encoder) throws {
        try token.encode(to: encoder)
    }

    func text(in style: TextStyle) -> String { "\(token.token)\n" }
}

/// A token that was just made worthless.
struct RevokedToken: Renderable {
    var token: TokenResponse

    func encode(to encoder: any Encoder) throws {
        try token.encode(to: encoder)
    }

    func text(in style: TextStyle) -> String {
        "Revoked the token \(TextStyle.printable(token.name)) (\(token.id)) of \(token.user)\n"
    }
}

/// Who may see a project or dataset.
struct ShownVisibility: Renderable {
    var resource: ResourceResponse

    func encode(to encoder: any Encoder) throws {
        try resource.encode(to: encoder)
    }

    func text(in style: TextStyle) -> String {
        "\(resource.name) is \(TextStyle.visibility(resource.isPublic))\n"
    }
}

/// The release of the tool.
struct ToolVersion: Renderable {
    var version = FloydClient.version

    func text(in style: TextStyle) -> String { "floydlite \(version)\n" }
}
