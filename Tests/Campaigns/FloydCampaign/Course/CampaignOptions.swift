import ArgumentParser
import FloydLab

/// What all campaigns are told.
struct CampaignOptions: ParsableArguments {
    @Option(help: ArgumentHelp("What decides everything that can be decided; random if left out.", valueName: "n"))
    var seed: UInt64?

    @Option(help: ArgumentHelp("The campaign's length: kills, rounds; its own if left out.", valueName: "n"))
    var count: Int?

    @Option(help: ArgumentHelp("Ends the campaign after that time at the latest.", valueName: "n"))
    var minutes = 60

    @Option(help: ArgumentHelp("Where floydlite, floydlited and floydlite-worker are.", valueName: "dir"))
    var bin: String?

    @Option(help: "How the server keeps jobs apart: bubblewrap or none.")
    var isolation = Server.Isolation.bubblewrap

    @Option(help: ArgumentHelp("How many jobs run at a time.", valueName: "n"))
    var slots = 8

    @Option(help: ArgumentHelp("Where the server's folder is made.", valueName: "dir"))
    var disk = "/var/tmp"

    @Option(help: ArgumentHelp("The uv that builds the jobs' environment.", valueName: "file"))
    var uv: String?

    @Flag(help: "Leave the folder where it is, whatever was found.")
    var keep = false

    func validate() throws {
        guard count ?? 1 > 0, minutes > 0, slots > 0 else {
            throw ValidationError("--count, --minutes and --slots: at least 1")
        }
    }

    /// The options that make the same campaign again.
    func repetition(of seed: UInt64) -> String {
        "--seed \(seed) \(count.map { "--count \($0) " } ?? "")--isolation \(isolation.rawValue) --slots \(slots)"
    }

    /// The end of the time, on the clock of `Clock`.
    var deadline: Nanoseconds { Clock.now + Int64(minutes) * 60 * 1_000_000_000 }
}

extension Server.Isolation: ExpressibleByArgument {}
