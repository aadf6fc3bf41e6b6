import FloydCore
import FloydHTTP

/// Passes a job's log on as server-sent events until the job ends, the client leaves or the server stops. What isn't sent yet stays in
/// the log: a client that is slow makes it read less, and nothing is kept for it in memory.
struct LogEventStream: Sendable {
    var reader: any LogFollowing
    var follow: Bool
    var heartbeat: Duration

    /// - Throws: what the reader or the output throws; the connection is then broken off, and the client comes back with its offset.
    func run(writingTo output: some EventOutput) async throws {
        let signal = HTTPSignal()
        // Subscribed before the first look, so that nothing comes between look and wait unseen.
        let subscription = reader.subscribe { signal.signal() }
        defer { withExtendedLifetime(subscription) {} }
        while !output.isStopping {
            let events = try await reader.next(follow: follow)
            if events.isEmpty {
                let isSignalled = try await output.pause(for: signal, timeout: heartbeat)
                if !isSignalled, !output.isStopping { try await output.send(ServerSentEvents.comment("heartbeat")) }
                continue
            }
            var bytes: [UInt8] = []
            var isEnded = false
            for event in events where !isEnded {
                try ServerSentEvents.append(event, to: &bytes)
                if case .end = event { isEnded = true }
            }
            try await output.send(bytes)
            if isEnded { return }
        }
        try await output.send(ServerSentEvents.comment("the server is stopping"))
    }
}
