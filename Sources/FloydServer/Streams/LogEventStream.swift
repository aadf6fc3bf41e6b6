import FloydCore
import FloydHTTP

/// Passes a job's logs on as server-sent events until the job ends, the client leaves or the server stops. What isn't sent yet stays in
/// the log: a client that is slow makes it read less, and nothing is kept for it in memory.
struct LogEventStream: Sendable {
    /// Records that an event loop encodes itself; more would hold it for too long.
    private static let encodedOnLoop = 512

    var reader: any LogFollowing
    var follow: Bool
    var heartbeat: Duration

    /// - Throws: what the reader or the output throws; the connection is then broken off, and the client comes back with its position.
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
            for event in events {
                let bytes = try await Self.bytes(of: event)
                if !bytes.isEmpty { try await output.send(bytes) }
                if case .end = event { return }
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
