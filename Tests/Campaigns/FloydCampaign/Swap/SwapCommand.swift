import ArgumentParser
import FloydLab

/// A job swaps its results for ways to what is not its own while they are read.
struct SwapCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "swap",
        abstract: "Read the results of a job that swaps them for links to a secret, FIFOs and sockets all the time.",
        discussion: "--count: how many reads; 100,000 if left out."
    )

    @OptionGroup var options: CampaignOptions

    func run() throws {
        try Stage.play("swap", options) { stage in
            let course = try SwapCourse(stage)
            defer { course.end() }
            return try course.run(options.count ?? 100_000, until: options.deadline)
        }
    }
}
