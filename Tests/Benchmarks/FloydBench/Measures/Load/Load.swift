/// What the HTTP server bears, beside nginx: all the measures of that, one after the other.
struct Load: Measure {
    let name = "load"
    let about =
        "the HTTP server under load: ping, transfers, followers, a dead follower, slow clients; each by its own name too"

    func run(_ bench: Bench) throws -> [Row] {
        let parts: [any Measure] = [Ping(), Transfers(), Fanout(), DeadFollowers(), SlowClients()]
        return try parts.flatMap { try $0.run(bench) }
    }
}
