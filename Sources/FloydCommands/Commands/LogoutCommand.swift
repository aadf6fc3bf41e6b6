import ArgumentParser
import FloydClient
import FloydModel

struct LogoutCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout",
        abstract: "Forget the token; the server's address is kept.",
        discussion: "The token stays good for who has it elsewhere, unless --revoke makes it worthless."
    )

    @Flag(help: "Make the token worthless on the server first.")
    var revoke = false

    var wantsJSON: Bool { false }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let file = try context.settings()
        let saved = try file.load()
        if saved.token == nil {
            context.console.note("floydlite: there was no login")
        } else {
            if revoke { try revokeToken(of: saved, context) }
            try file.save(Settings(host: saved.host))
            context.console.note("Logged out of \(saved.host ?? "the server")")
        }
        if context.environment["FLOYDLITE_TOKEN"]?.isEmpty == false {
            context.console.note("floydlite: FLOYDLITE_TOKEN is still set and goes on to be used")
        }
        return ExitStatus.success
    }

    /// The saved one, on the server that it is for, whatever the environment says.
    private func revokeToken(of saved: Settings, _ context: CommandContext) throws(FloydError) {
        let address = try saved.host.map { text throws(FloydError) in try ServerAddress(parsing: text) } ?? .standard
        do throws(FloydError) {
            try context.client(of: address, token: saved.token).revokeCurrentToken()
        } catch {
            // Worthless is all it was to become.
            if error.code == .unauthenticated {
                return context.console.note("floydlite: the token was worthless already: \(error.message)")
            }
            var error = error
            if error.code == .unreachable {
                error.hint = "Without --revoke the token is forgotten here, and stays good."
            }
            throw error
        }
    }
}
