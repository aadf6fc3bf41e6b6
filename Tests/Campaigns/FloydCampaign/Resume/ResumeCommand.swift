import ArgumentParser
import FloydLab

/// Uploads break off at every byte, and at random ones.
struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Break uploads off at every byte of a small tree and at random bytes of a large one, and go on.",
        discussion: """
            --count: how many breaks of the large one. Of every second of them the server is killed with SIGKILL at that moment, \
            and of every --kill-every-th of the small tree's.
            """
    )

    @OptionGroup var options: CampaignOptions

    @Option(help: ArgumentHelp("Bytes of the small tree; 0 leaves it out.", valueName: "n"))
    var small = 65_536

    @Option(
        help: ArgumentHelp(
            "The bytes of the small tree to break off at, of what several campaigns share.",
            valueName: "first-last"
        )
    )
    var bytes: ByteSpan?

    @Option(help: ArgumentHelp("Bytes of the large tree.", valueName: "n"))
    var large = 256 << 20

    @Option(help: ArgumentHelp("At every how many-eth byte of the small tree the server is killed.", valueName: "n"))
    var killEvery = 64

    /// Every byte of the small tree takes the better part of an hour.
    private static let roundsAReport = 4096

    func validate() throws {
        guard small >= 0, large > 0, killEvery > 0 else {
            throw ValidationError("--small, --large and --kill-every: sizes and a step")
        }
        if let bytes, bytes.last >= small { throw ValidationError("--bytes: below --small, which is \(small)") }
    }

    func run() throws {
        try Stage.play("resume", options) { stage in
            let deadline = options.deadline
            var course = ResumeCourse(stage)
            for cut in (bytes?.first ?? 0)...(bytes?.last ?? max(0, small - 1)) where small > 0 {
                guard Clock.now < deadline else { break }
                try Interruption.check()
                try course.round(size: small, files: 24, cut: cut, killing: cut % killEvery == 0)
                if cut > 0, cut.isMultiple(of: Self.roundsAReport) { Report.say("at byte \(cut) of \(small)") }
            }
            for number in 0..<(options.count ?? 200) {
                guard Clock.now < deadline else { break }
                try Interruption.check()
                try course.randomRound(size: large, files: 40, killing: number.isMultiple(of: 2))
            }
            return course.summary
        }
    }
}

/// Bytes of a tree, both ends included.
struct ByteSpan: ExpressibleByArgument {
    let first: Int
    let last: Int

    init?(argument: String) {
        let ends = argument.split(separator: "-", maxSplits: 1).map { Int($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last else { return nil }
        self.first = first
        self.last = last
    }
}
