/// The moments at which answers leave that say that there is nothing.
///
/// What somebody may not see is answered as what doesn't exist, but it does exist: to find it and to leave it out takes a microsecond or two
/// longer, which whoever asks often enough can tell. So such answers leave on a beat, whatever was done before it.
struct NotFoundBeat: Sendable {
    /// Ten times as long as to look for something takes, and nothing to a person who mistyped a name.
    static let interval = Duration.milliseconds(2)

    var now: @Sendable () -> ContinuousClock.Instant = { .now }
    var sleep: @Sendable (ContinuousClock.Instant) async throws -> Void = { try await Task.sleep(until: $0) }

    /// The first beat behind `now`, of those that are counted from `begin`.
    static func next(after now: ContinuousClock.Instant, since begin: ContinuousClock.Instant)
        -> ContinuousClock.Instant
    {
        let beats = (now - begin) / interval
        return begin + interval * (beats.rounded(.down) + 1)
    }

    /// Suspends until the next beat. Returns at once in a task that is cancelled: nobody waits for its answer.
    func wait(since begin: ContinuousClock.Instant) async {
        try? await sleep(Self.next(after: now(), since: begin))
    }
}
