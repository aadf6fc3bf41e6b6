import FloydAPI
import FloydClient

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

/// The release of the tool.
struct ToolVersion: Renderable {
    var version = FloydClient.version

    func text(in style: TextStyle) -> String { "floydlite \(version)\n" }
}
