import ArgumentParser
import FloydLab

/// What a stranger could learn from how long an answer takes.
struct TimingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timing",
        abstract:
            "Look for signals in the times of answers: of tokens that are nearly right, and of others' private things.",
        discussion: """
            --count: how many pairs of requests of each comparison. Both kinds of a pair are sent one after the other on one connection, in an order \
            drawn by lot; the differences are judged by Wilcoxon's signed-rank test. There is a signal where it is beyond 5 standard deviations \
            and the median difference beyond --bound. Two comparisons watch the watch: of what is the same, and of what is not.
            """
    )

    @OptionGroup var options: CampaignOptions

    @Option(help: ArgumentHelp("A median difference that is none, in nanoseconds.", valueName: "ns"))
    var bound = 1_000.0

    func run() throws {
        try Stage.play("timing", options) { stage in
            var course = try TimingCourse(stage, bound: bound)
            return try course.run(options.count ?? 20_000, until: options.deadline)
        }
    }
}
