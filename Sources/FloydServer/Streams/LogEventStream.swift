import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel

/// Passes a job's logs on as server-sent events until the job ends, the client leaves or the server stops. What isn't sent yet stays in
/// the log: a client that is slow makes it read less, and nothing is kept for it in memory.
struct LogEventStream: Sendable {
    /// Records that an event loop encodes itself; more would hold it for too long.
    private static let encodedOnLoop = 512

    /// Bytes from which on a piece of the log of a job that runs is followed by a pause. Nobody reads a flood as it comes: each follower may
    /// take so much of the machine for it, which the jobs need, and catches up when the job has ended.
    private static let flood = 131_072
    private static let pauseInFlood = Duration.milliseconds(10)

    var reader: any LogFollowing
    var follow: Bool
    var heartbeat: Duration

    /// - Throws: what the reader or the output throws; the connection is then broken off, and the client comes back with its position.
    func run(writingTo output: some EventOutput) async throws {
        let signal = HTTPSignal()
        // Subscribed before the first look, so that nothing comes between look and wait unseen.
        let subscription = reader.subscribe { signal.signal() }
        defer { withExtendedLifetime(subscription) {} }
        var isLive = false
        while !output.isStopping {
            let events = try await reader.next(follow: follow)
            if events.isEmpty {
                let isSignalled = try await output.pause(for: signal, timeout: heartbeat)
                if !isSignalled, !output.isStopping { try await output.send(ServerSentEvents.comment("heartbeat")) }
                continue
            }
            for event in events {
                let bytes = try await Self.bytes(of: event)
                if !bytes.isEmpty { try await output.send(bytes) }
                switch event {
                case .end: return
                case .job(let job): isLive = job.value.state.isActive
                case .log, .attempt: break
                }
                if isLive, bytes.count > Self.flood {
                    _ = try await output.pause(for: HTTPSignal(), timeout: Self.pauseInFlood)
                }
            }
        }
        try await output.send(ServerSentEvents.comment("the server is stopping"))
    }

    private static func bytes(of event: LogStreamEvent) async throws -> [UInt8] {
        if case .log(let records, _) = event, records.value.count > encodedOnLoop {
            return try await BlockingWork.run { try ServerSentEvents.bytes(of: event) }
        }
        return try ServerSentEvents.bytes(of: event)
    }
}
