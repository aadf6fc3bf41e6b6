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
    var channels: LogChannels
    var follow: Bool
    var heartbeat: Duration
    var access = StreamAccess.forEver

    /// - Throws: what the reader or the output throws; the connection is then broken off, and the client comes back with its position.
    func run(writingTo output: some EventOutput) async throws {
        var log = channels.channel(of: reader)
        var member = log.channel.join()
        var isLive = false
        var access = access
        while !output.isStopping {
            guard try await access.stands() else { return try await output.send(StreamAccess.lastWord) }
            let place = reader.place
            if place.log != log.log {
                log = channels.channel(of: reader)
                member = log.channel.join()
            }
            // Noted before the look, so that nothing comes between look and wait unseen.
            let changes = log.channel.changes
            let events = try await reader.next(follow: follow)
            if events.isEmpty {
                guard reader.place.log == log.log else { continue }
                let pause = try await output.pause(in: member, at: place.offset, since: changes, timeout: heartbeat)
                reader.skip(to: pause.place)
                if !pause.isSignalled, !output.isStopping {
                    try await output.send(ServerSentEvents.comment("heartbeat"))
                }
                continue
            }
            if member.leads { try await share(events, from: place, since: changes, with: member) }
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

    /// Passes on to the others what this one was woken to find: lines as they are, while whatever moves the job is for each to see.
    private func share(
        _ events: [LogStreamEvent],
        from place: LogPlace,
        since changes: Int,
        with member: HTTPChannel.Member
    ) async throws {
        if events.count == 1, case .log(_, let position) = events[0], position.attempt == place.log.attempt {
            let bytes = try await Self.bytes(of: events[0])
            if bytes.count <= Self.flood {
                return member.publish(HTTPChannel.Piece(bytes, from: place.offset, to: position.offset), since: changes)
            }
        }
        member.wakeAll()
    }

    private static func bytes(of event: LogStreamEvent) async throws -> [UInt8] {
        if case .log(let records, _) = event, records.value.count > encodedOnLoop {
            return try await BlockingWork.run { try ServerSentEvents.bytes(of: event) }
        }
        return try ServerSentEvents.bytes(of: event)
    }
}
