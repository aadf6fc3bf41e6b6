/// Decides which failed logins are told why they failed, and which that there were too many of their source.
///
/// Each source has a debt: a failure adds one to it, time takes one away every `interval`. Above `allowance` a failure is answered
/// at once with how long to wait, and nothing is said of the token. A valid token is never kept waiting, whatever others did from the same
/// address: guessing 256 random bits is hopeless, what is to be spared is this server. So no answer is held back either: a connection
/// that waits costs the server more than whoever holds it.
///
/// An attempt is charged before its outcome is known and forgiven if it was no guess, so that many at once count like one after the other.
struct LoginThrottle: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// Failures in a row that are told why.
    static let allowance = 10
    /// How long each weighs.
    static let interval = Duration.seconds(6)
    /// The most that a source can owe: whoever goes on and on waits for two minutes, not for ever.
    static let maximumDebt = 30
    /// Sources that are told apart; those that come when there are so many share one debt.
    static let maximumSources = 4_096

    private struct Debt {
        var amount: Double
        var at: Instant

        func remaining(at now: Instant) -> Double {
            max(0, amount - (now - at) / LoginThrottle.interval)
        }
    }

    private var debts: [String: Debt] = [:]
    private var rest: Debt?
    private var nextSweep: Instant?

    /// An attempt that is under way.
    struct Attempt: Sendable, Hashable {
        fileprivate var source: String?
        /// Seconds until a failure is told again why it failed; nil: this one is.
        var retryAfter: Int?
    }

    var sources: Int { debts.count }

    /// Charges an attempt.
    mutating func begin(_ source: String, at now: Instant) -> Attempt {
        var key: String? = source
        if debts[source] == nil, debts.count >= Self.maximumSources {
            sweep(at: now)
            if debts.count >= Self.maximumSources { key = nil }
        }
        let owed = (key == nil ? rest : debts[source])?.remaining(at: now) ?? 0
        let debt = Debt(amount: min(owed + 1, Double(Self.maximumDebt)), at: now)
        if key == nil { rest = debt } else { debts[source] = debt }
        let excess = debt.amount - Double(Self.allowance)
        guard excess > 0 else { return Attempt(source: key, retryAfter: nil) }
        let wait = Self.interval * excess
        return Attempt(source: key, retryAfter: Int((wait / .seconds(1)).rounded(.up)))
    }

    /// Takes back the charge of an attempt that was no guess.
    mutating func forgive(_ attempt: Attempt, at now: Instant) {
        guard let source = attempt.source else {
            rest?.amount -= 1
            return
        }
        // Swept away: nothing was owed any more.
        guard let debt = debts[source] else { return }
        let left = debt.remaining(at: now) - 1
        debts[source] = left > 0 ? Debt(amount: left, at: now) : nil
    }

    /// Forgets who owes nothing any more, at most once a second: when the table is full of debts, each newcomer would look through all of it.
    private mutating func sweep(at now: Instant) {
        if let nextSweep, now < nextSweep { return }
        nextSweep = now + .seconds(1)
        debts = debts.filter { $0.value.remaining(at: now) > 0 }
    }
}
