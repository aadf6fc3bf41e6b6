import ArgumentParser
import FloydLab

/// Jobs that harm others if they can.
struct HostileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hostile",
        abstract: "Run jobs that harm others if they can, and see whether anybody notices.",
        discussion: """
            While each of them runs, another client measures how soon the interface answers. What is stopped, or ends, must leave \
            nothing behind.
            """
    )

    @OptionGroup var options: CampaignOptions

    @Option(help: ArgumentHelp("The jobs with this word in their name alone.", valueName: "word"))
    var only: String?

    @Option(help: ArgumentHelp("How slow 99 of 100 answers may be at most.", valueName: "ms"))
    var slowest = 100

    func run() throws {
        try Stage.play("hostile", options) { stage in
            let siege = try Siege(stage, slowest: slowest)
            defer { siege.clear() }
            var lines: [String] = []
            for round in 1...(options.count ?? 1) {
                if round > 1 { Report.say("round \(round)") }
                for job in HostileJob.all(options.isolation) where only.map({ job.name.contains($0) }) ?? true {
                    try Interruption.check()
                    Report.say(job.name)
                    lines.append(try siege.undergo(job))
                }
            }
            return lines + [try siege.end()]
        }
    }
}
