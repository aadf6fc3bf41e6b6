import FloydHTTP

/// Where a stream of events goes: a client's connection.
protocol EventOutput: Sendable {
    /// Whether the server is about to stop, so that the stream is to end.
    var isStopping: Bool { get }
    /// Sends `bytes`, and waits while the client is behind.
    func send(_ bytes: [UInt8]) async throws
    /// Waits for `signal`; false if `timeout` went by instead. Ends early when the server is about to stop, and throws when the client leaves.
    func pause(for signal: HTTPSignal, timeout: Duration) async throws -> Bool
    /// Waits in a channel, whose pieces are sent meanwhile; else the same.
    func pause(in member: HTTPChannel.Member, at place: Int64, since changes: Int, timeout: Duration) async throws
        -> HTTPChannel.Pause
}

extension HTTPBodyWriter: EventOutput {
    func send(_ bytes: [UInt8]) async throws {
        try await write(bytes)
    }

    func pause(for signal: HTTPSignal, timeout: Duration) async throws -> Bool {
        try await wait(for: signal, timeout: timeout)
    }

    func pause(in member: HTTPChannel.Member, at place: Int64, since changes: Int, timeout: Duration) async throws
        -> HTTPChannel.Pause
    {
        try await wait(in: member, at: place, since: changes, timeout: timeout)
    }
}
