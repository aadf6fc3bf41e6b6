import FloydAPI
public import FloydModel
public import FoundationEssentials

/// Which part of a job's logs is asked for.
public struct LogQuery: Sendable, Hashable {
    /// Where to begin.
    public enum Start: Sendable, Hashable {
        /// With the first record of the first attempt.
        case beginning
        /// With the last lines, that many, of the last attempt that has a log.
        case tail(Int)
        /// With the first record of that time or later.
        case since(Date)
    }

    /// Whether to wait for what the job has yet to say, up to its end.
    public var isFollowing: Bool
    /// This attempt's log alone; nil: those of all attempts, one after another.
    public var attempt: Int?
    public var start: Start
    /// Records of these streams alone; empty: all.
    public var streams: [String]

    public init(isFollowing: Bool, attempt: Int? = nil, start: Start = .beginning, streams: [String] = []) {
        self.isFollowing = isFollowing
        self.attempt = attempt
        self.start = start
        self.streams = streams
    }

    /// The path and query of the stream for `job`.
    public func path(of job: Reference) -> String {
        var parts = [("follow", "\(isFollowing)")]
        if let attempt { parts.append(("attempt", "\(attempt)")) }
        switch start {
        case .beginning: break
        case .tail(let count): parts.append(("tail", "\(count)"))
        case .since(let date): parts.append(("since", MessageCoding.format(date)))
        }
        if !streams.isEmpty { parts.append(("stream", streams.joined(separator: ","))) }
        let query = parts.map { "\($0.0)=\(APIPath.encoded($0.1))" }.joined(separator: "&")
        return "\(APIPath.logStream(of: job))?\(query)"
    }
}
