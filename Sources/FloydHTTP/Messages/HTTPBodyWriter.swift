/// Writes the content of a streamed answer, and waits for what there is to write next.
///
/// It is for the request's task and its children, one call of a kind at a time. It works from any executor and costs least
/// on the loop's own, where the stream's closure begins.
public final class HTTPBodyWriter: Sendable {
    private let exchange: Exchange

    init(_ exchange: Exchange) {
        self.exchange = exchange
    }

    /// Sends bytes and returns when the system has taken them all: a client that doesn't read holds up the writer, until
    /// the time limit for that throws `.timedOut`.
    public func write(_ bytes: [UInt8]) async throws(HTTPBodyError) {
        let exchange = exchange
        if exchange.loop.isCurrent { return try await exchange.write(bytes) }
        try await exchange.loop.perform { () async throws(HTTPBodyError) in try await exchange.write(bytes) }
    }

    /// Sends a part of a file without a copy, as `HTTPResponseBody.file` does, and returns when the system has taken it. A file that is
    /// shorter than the part throws `.clientLeft`, and the connection is cut.
    public func write(_ region: FileRegion) async throws(HTTPBodyError) {
        let exchange = exchange
        if exchange.loop.isCurrent { return try await exchange.write(region) }
        try await exchange.loop.perform { () async throws(HTTPBodyError) in try await exchange.write(region) }
    }

    /// Whether the server stops: say a last word and return.
    public var isStopping: Bool { exchange.loop.shared.isStopping }

    /// Sleeps; ends early, without an error, when the server stops. Throws when the client leaves or the task is cancelled.
    public func sleep(for duration: Duration) async throws(HTTPBodyError) {
        _ = try await wait(signal: nil, timeout: duration)
    }

    /// Sleeps until the signal is raised, and lowers it: true. False when the time is over or the server stops; a wait after
    /// that stop was told throws `.stopping`. Throws when the client leaves or the task is cancelled.
    public func wait(for signal: HTTPSignal, timeout: Duration) async throws(HTTPBodyError) -> Bool {
        try await wait(signal: signal, timeout: timeout)
    }

    /// Sleeps in a channel, and sends meanwhile what is published where this stream is.
    ///
    /// - Parameters:
    ///   - place: how far the stream has come.
    ///   - changes: the channel's count before the look that found nothing more there.
    public func wait(
        in member: HTTPChannel.Member,
        at place: Int64,
        since changes: Int,
        timeout: Duration
    ) async throws(HTTPBodyError) -> HTTPChannel.Pause {
        let exchange = exchange
        let time = timeout.wholeMilliseconds
        if exchange.loop.isCurrent {
            return try await exchange.wait(in: member, at: place, since: changes, milliseconds: time)
        }
        return try await exchange.loop.perform { () async throws(HTTPBodyError) in
            try await exchange.wait(in: member, at: place, since: changes, milliseconds: time)
        }
    }

    private func wait(signal: HTTPSignal?, timeout: Duration) async throws(HTTPBodyError) -> Bool {
        let exchange = exchange
        let time = timeout.wholeMilliseconds
        if exchange.loop.isCurrent { return try await exchange.wait(for: signal, milliseconds: time) }
        return try await exchange.loop.perform { () async throws(HTTPBodyError) in
            try await exchange.wait(for: signal, milliseconds: time)
        }
    }
}
