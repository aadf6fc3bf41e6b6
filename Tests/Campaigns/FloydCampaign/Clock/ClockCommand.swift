import ArgumentParser
import FloydLab

/// The clock of the day jumps while jobs run.
struct ClockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock",
        abstract: "Set the machine's clock an hour or a day wrong while jobs with limits, graces and retries run.",
        discussion: """
            Sets the clock of the whole machine for some seconds at a time, and sets it right again, on Ctrl-C and errors too: nothing \
            else should run there that minds. Needs root, and --set-clock to show that this is meant.
            """
    )

    private static let hour: Int64 = 3600
    private static let day: Int64 = 24 * hour

    @OptionGroup var options: CampaignOptions

    @Flag(help: "Set the machine's clock.")
    var setClock = false

    func validate() throws {
        guard setClock else {
            throw ValidationError("this sets the clock of the whole machine: say --set-clock if it may")
        }
    }

    func run() throws {
        try Stage.play("clock", options) { stage in
            let course = try ClockCourse(stage)
            defer { course.clear() }
            var lines: [String] = []
            for _ in 0..<(options.count ?? 1) {
                for jump in [Self.hour, -Self.hour, Self.day, -Self.day] {
                    Report.say("\(jump / Self.hour) h")
                    lines.append(try course.undergo(jump))
                }
            }
            return lines + [try course.end()]
        }
    }
}
