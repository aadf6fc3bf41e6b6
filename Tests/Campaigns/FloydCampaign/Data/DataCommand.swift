import ArgumentParser
import FloydLab

/// The daemon is killed again and again while data come and go.
struct DataCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract:
            "Kill the daemon, at random and at every failpoint of its data, while versions are made, deleted and collected."
    )

    @OptionGroup var options: CampaignOptions

    func run() throws {
        try Stage.play("data", options) { stage in
            var course = try DataCourse(stage)
            defer { course.end() }
            return try course.run(options.count ?? 100, until: options.deadline)
        }
    }
}
