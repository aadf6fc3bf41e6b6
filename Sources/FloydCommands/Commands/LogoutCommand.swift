import ArgumentParser
import FloydModel

struct LogoutCommand: FloydCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout",
        abstract: "Forget the token; the server's address is kept."
    )

    var wantsJSON: Bool { false }

    func execute(_ context: CommandContext) throws(FloydError) -> Int32 {
        let file = try context.settings()
        let saved = try file.load()
        if saved.token == nil {
            context.console.note("floydlite: there was no login")
        } else {
            try file.save(Settings(host: saved.host))
            context.console.note("Logged out of \(saved.host ?? "the server")")
        }
        if context.environment["FLOYDLITE_TOKEN"]?.isEmpty == false {
            context.console.note("floydlite: FLOYDLITE_TOKEN is still set and goes on to be used")
        }
        return ExitStatus.success
    }
}
