import FloydModel

/// Whether a request that had no answer, or was put off, is sent again.
///
/// What the server may have heard already is sent again only where that can't do it twice: a request that reads, or one with a key
/// (`Idempotency-Key`). What it can't have heard, because no connection came about, is always sent again, and so is what a server that is about to end
/// says that it has not done.
enum RetryDecision: Sendable, Hashable {
    case again(after: Duration)
    case giveUp

    /// For how long a server that doesn't answer is asked again: one that is restarted may have ten seconds for what it is answering, and is back a second
    /// later.
    static let patience = Duration.seconds(15)
    /// For how long one is that says when to come again.
    static let patienceWhenAsked = Duration.seconds(30)
    private static let firstDelay = Duration.milliseconds(100)
    private static let longestDelay = Duration.seconds(2)

    /// - Parameters:
    ///   - isRepeatable: whether the same request may be done twice without harm.
    ///   - failures: how often it failed, this time included.
    ///   - elapsed: since it was sent first; where the server put it off meanwhile and then fell silent, since it last did.
    ///   - jitter: from 0 up to 1, so that those who failed together don't come back together.
    init(
        after failure: TransportFailure,
        isRepeatable: Bool,
        failures: Int,
        elapsed: Duration,
        jitter: Double
    ) {
        let delay = Self.delay(failures, jitter)
        switch failure {
        case .refused:
            self = elapsed + delay <= Self.patience ? .again(after: delay) : .giveUp
        case .unanswered, .broken:
            self = isRepeatable && elapsed + delay <= Self.patience ? .again(after: delay) : .giveUp
        case .busy(let error, let wanted):
            let isRepeatable = isRepeatable || error.code == .shuttingDown
            let patience = wanted == nil ? Self.patience : Self.patienceWhenAsked
            // Not before it was asked for, and not all at that moment.
            let pause = wanted.map { $0 + Self.firstDelay * jitter } ?? delay
            self = isRepeatable && elapsed + pause <= patience ? .again(after: pause) : .giveUp
        case .unreachable, .local, .cancelled:
            self = .giveUp
        }
    }

    /// Twice as long each time, up to a bound; between half of that and all of it.
    private static func delay(_ failures: Int, _ jitter: Double) -> Duration {
        let full = min(firstDelay * (1 << min(max(failures, 1) - 1, 10)), longestDelay)
        return full * (0.5 + jitter / 2)
    }
}
