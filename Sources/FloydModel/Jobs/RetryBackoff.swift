/// How long a job waits before it is tried again: longer each time, up to a limit.
public struct RetryBackoff: Sendable, Hashable {
    /// Before the first retry.
    public var first: Duration
    public var maximum: Duration

    public init(first: Duration = .seconds(10), maximum: Duration = .seconds(600)) {
        self.first = first
        self.maximum = maximum
    }

    /// The wait before the `retry`th retry, counted from 1: the first one's, doubled with each further one.
    public func wait(before retry: Int) -> Duration {
        var wait = min(first, maximum)
        var doublings = retry - 1
        // A wait of nothing stays nothing, and any other reaches the limit soon.
        while doublings > 0, wait > .zero, wait < maximum {
            wait = min(wait * 2, maximum)
            doublings -= 1
        }
        return wait
    }
}
