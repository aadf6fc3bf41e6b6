import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel

/// Passes the moves of jobs on as server-sent events, until the client leaves, the server stops, or the job asked for has ended.
struct MoveEventStream: Sendable {
    private static let movesAtOnce = 500

    var events: any EventServing
    var jobs: any JobServing
    /// The id of the last move that the client has seen.
    var last: Int64
    /// The one job that is asked for.
    var job: Reference?
    var account: Account
    var heartbeat: Duration
    var access = StreamAccess.forEver

    func run(writingTo output: some EventOutput) async throws {
        do {
            try await follow(writingTo: output)
        } catch let error as FloydError where error.code == .jobNotFound && job != nil {
            // It was deleted before its end was told; whoever comes back is told that it is gone.
            try await output.send(StreamAccess.lastWord)
        }
    }

    private func follow(writingTo output: some EventOutput) async throws {
        let signal = HTTPSignal()
        // Subscribed before the first look, so that nothing comes between look and wait unseen.
        let subscription = events.subscribe { signal.signal() }
        defer { withExtendedLifetime(subscription) {} }
        var last = last
        // What moves while the connection is broken is not missed, though nothing had moved before.
        try await output.send(ServerSentEvents.place(last))
        // The job before its moves: one that has ended by then makes no more.
        var hasEnded = try await hasJobEnded()
        var access = access
        while !output.isStopping {
            guard try await access.stands() else { return try await output.send(StreamAccess.lastWord) }
            let moves = try await events.events(after: last, job: job, limit: Self.movesAtOnce, as: account)
            for move in moves {
                try await output.send(ServerSentEvents.bytes(of: move))
                last = move.id
                if move.state == .finished { hasEnded = true }
            }
            if moves.count == Self.movesAtOnce { continue }
            if let job, hasEnded {
                return try await output.send(ServerSentEvents.end(jobs.job(job, as: account)))
            }
            guard moves.isEmpty else { continue }
            let isSignalled = try await output.pause(for: signal, timeout: heartbeat)
            if !isSignalled, !output.isStopping { try await output.send(ServerSentEvents.comment("heartbeat")) }
        }
        try await output.send(ServerSentEvents.comment("the server is stopping"))
    }

    private func hasJobEnded() async throws -> Bool {
        guard let job else { return false }
        return try await jobs.job(job, as: account).state == .finished
    }
}
