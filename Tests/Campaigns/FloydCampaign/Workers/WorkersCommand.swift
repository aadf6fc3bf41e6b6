import ArgumentParser
import FloydLab

/// Workers are killed again and again.
struct WorkersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers",
        abstract: "Kill workers, now and then together with the daemon, while jobs run and clients work.",
        discussion: "Their jobs end as lost or are tried again; nothing of them runs on, and nobody else notices."
    )

    @OptionGroup var options: CampaignOptions

    func run() throws {
        try Stage.play("workers", options) { stage in
            let load = try Load(stage)
            defer { load.clear() }
            let begin = Clock.now
            load.begin()
            var killer = WorkerKiller(load, stage)
            try killer.kill(options.count ?? 100, until: options.deadline)
            let time = (Clock.now - begin).seconds
            let lines = try load.settle()
            return killer.summary(time) + lines
        }
    }
}
