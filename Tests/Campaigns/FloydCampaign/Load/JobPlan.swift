/// What one job of a campaign does, decided by the seed and its number.
struct JobPlan: Sendable, Hashable {
    enum Stream: Sendable, Hashable, CaseIterable {
        case output
        case errors
    }

    enum Step: Sendable, Hashable {
        /// Numbered lines to each of these streams in turn.
        case lines(Int, [Stream])
        /// The same to one, as fast as it goes.
        case flood(Int, Stream)
        /// A line that comes in two pieces, so many milliseconds apart.
        case pieces(Stream, pause: Int)
        case pause(Int)
        /// A last line without an end.
        case tail(Stream)
    }

    enum Ending: Sendable, Hashable {
        case code(Int)
        case signal(Int)
        /// Not by itself.
        case never(Manner)
    }

    /// How a job that goes on for ever takes SIGTERM.
    enum Manner: Sendable, Hashable, CaseIterable {
        case plain
        /// Says a last word, and exits with a code of its own.
        case polite
        /// Not at all.
        case deaf
    }

    let number: Int
    let steps: [Step]
    /// How it ends once it has failed often enough.
    let ending: Ending
    /// How many of its runs fail before.
    let failures: Int
    /// How often it may be tried again.
    let retries: Int

    /// The exit code of a run that is to be tried again.
    static let failureCode = 99
    static let politeCode = 7
    /// Those that a shell dies of and that leave no core.
    static let signals = [1, 2, 6, 9, 10, 11, 12, 14, 15, 24]

    init(seed: UInt64, number: Int) {
        var random = SplitMix64(seed: seed, part: .plan, number: number)
        self.number = number
        let kind = Int.random(in: 0..<100, using: &random)
        var steps: [Step] = []
        switch kind {
        // Over before anybody looks.
        case ..<35: steps = [Self.fewLines(&random)]
        case ..<60: steps = Self.talk(Int.random(in: 1...5, using: &random), pause: 20...200, &random)
        // Outlives several servers.
        case ..<75: steps = Self.talk(Int.random(in: 5...20, using: &random), pause: 200...600, &random)
        case ..<85:
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let stream = Stream.allCases.randomElement(using: &random) ?? .output
                steps.append(.flood(Int.random(in: 200...3000, using: &random), stream))
                steps.append(.lines(Int.random(in: 1...400, using: &random), Stream.allCases))
            }
        default: steps = Self.talk(Int.random(in: 0...3, using: &random), pause: 20...200, &random)
        }
        if kind >= 85 {
            ending = .never(Manner.allCases.randomElement(using: &random) ?? .plain)
            failures = 0
            retries = 0
        } else {
            // As a rule one try more than it needs.
            failures = random.isAmong(20) ? Int.random(in: 1...2, using: &random) : 0
            retries = failures > 0 || random.isAmong(5) ? Int.random(in: 0...3, using: &random) : 0
            if random.isAmong(20) { steps.append(.tail(Stream.allCases.randomElement(using: &random) ?? .output)) }
            switch Int.random(in: 0..<10, using: &random) {
            case ..<4: ending = .code(0)
            case ..<7: ending = .code(Int.random(in: 1...255, using: &random))
            default: ending = .signal(Self.signals.randomElement(using: &random) ?? 9)
            }
        }
        self.steps = steps
    }

    private static func fewLines(_ random: inout SplitMix64) -> Step {
        let streams: [Stream] = random.isAmong(50) ? Stream.allCases : [random.isAmong(80) ? .output : .errors]
        return .lines(Int.random(in: 0...20, using: &random), streams)
    }

    private static func talk(_ count: Int, pause: ClosedRange<Int>, _ random: inout SplitMix64) -> [Step] {
        (0..<count).flatMap { _ -> [Step] in
            let stream: Stream = random.isAmong(70) ? .output : .errors
            let speech: Step =
                random.isAmong(25) ? .pieces(stream, pause: Int.random(in: 1...250, using: &random)) : fewLines(&random)
            return [speech, .pause(Int.random(in: pause, using: &random))]
        }
    }

    var endsByItself: Bool {
        if case .never = ending { false } else { true }
    }

    /// How often it runs if nobody disturbs it.
    var runs: Int {
        ending == .code(0) ? min(failures, retries) + 1 : retries + 1
    }

    /// How its last run ends then.
    var lastEnding: Ending {
        runs > failures ? ending : .code(Self.failureCode)
    }

    /// What the stream of one run holds when all was said, but for the line that tells of the run.
    func expected(_ stream: Stream) -> String {
        var text = ""
        var next = 0
        func add(_ count: Int) {
            for index in next..<(next + count) { text += "\(stream.letter) \(number) \(index)\n" }
            next += count
        }
        for step in steps {
            switch step {
            case .lines(let count, let streams) where streams.contains(stream): add(count)
            case .flood(let count, stream): add(count)
            case .pieces(stream, _):
                text += "\(stream.letter) \(number) \(next) in two pieces\n"
                next += 1
            case .tail(stream): text += "\(stream.letter) \(number) last"
            default: break
            }
        }
        return text
    }
}

extension JobPlan.Stream {
    /// What its lines begin with.
    var letter: String { self == .output ? "o" : "e" }
    /// Its name in a log.
    var name: String { self == .output ? "stdout" : "stderr" }
}
