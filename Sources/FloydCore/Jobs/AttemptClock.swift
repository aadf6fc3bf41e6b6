internal import FloydOS
internal import FloydStore
internal import FoundationEssentials

/// How long attempts run or have run.
struct AttemptClock: Sendable {
    /// The machine's present start; nil if it doesn't say.
    var bootID: @Sendable () -> String? = { Self.presentBoot }
    /// Nanoseconds since then.
    var sinceBoot: @Sendable () -> Int64 = { BootTimer.now }
    var now: @Sendable () -> Date = { Date() }

    private static let presentBoot = try? BootID.current()

    /// Seconds, never negative; nil if the command never started, or if nobody knows when it ended.
    func seconds(of attempt: AttemptRecord) -> Double? {
        if let duration = attempt.duration { return max(0, duration / .seconds(1)) }
        guard attempt.finished == nil, let started = attempt.started else { return nil }
        if let start = attempt.startedSinceBoot, start.bootID == bootID() {
            return max(0, Double(sinceBoot() - start.nanoseconds) / 1_000_000_000)
        }
        // A worker of a release that didn't note it.
        return max(0, now().timeIntervalSince(started))
    }
}
