import ArgumentParser
import FloydLab

/// The daemon is killed again and again.
struct KillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill",
        abstract: "Kill the daemon again and again, at random and at its failpoints, while jobs run and clients work."
    )

    @OptionGroup var options: CampaignOptions

    func run() throws {
        try Stage.play("kill", options) { stage in
            let load = try Load(stage)
            defer { load.clear() }
            let begin = Clock.now
            load.begin()
            var killer = Killer(load.server, stage)
            try killer.kill(options.count ?? 100, until: options.deadline)
            let time = (Clock.now - begin).seconds
            let lines = try load.settle()
            return killer.summary(time) + lines
        }
    }
}
