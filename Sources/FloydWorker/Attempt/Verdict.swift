internal import FloydRun

/// What an attempt came to, and why.
struct Verdict: Hashable {
    var outcome: ExitRecord.Outcome
    var reason: String?
    /// The limit that ended it.
    var limit: ExitRecord.Limit?

    /// The command's stage ended.
    init(_ end: StageEnd, plan: StagePlan) {
        if let refusal = end.refusal, end.hit?.limit != .memory {
            self.init(.failed, "the command could not be started: \(refusal)")
            return
        }
        let killed =
            if !end.killed {
                ""
            } else if end.grace > 0 {
                "; what had not ended \(end.grace) s after SIGTERM was killed"
            } else {
                ", without a grace period"
            }
        switch end.cause {
        case .requested?: self.init(.shutdown, end.started == nil ? "stopped before it started" : "stopped" + killed)
        case .timeout?:
            self.init(.timeout, "the time limit of \(plan.maximumRuntime ?? 0) s was reached" + killed)
            limit = .time
        case .limit(let hit)?: self.init(hit)
        case nil:
            self.init(end.termination)
            // What was left of a job without memory may still have ended in order; what it came to is not the whole.
            if let hit = end.hit { self.init(hit, ended: hit.limit == .memory ? nil : reason) }
        }
    }

    private init(_ hit: LimitHit, ended how: String? = nil) {
        self.init(.failed, how.map { "\(hit.reason); \($0)" } ?? hit.reason)
        limit = hit.limit
    }

    private init(_ termination: ExitRecord.Termination?) {
        switch termination {
        case .exited(code: 0)?: self.init(.success)
        case .exited(let code)?: self.init(.failed, "the command exited with code \(code)")
        case .signalled(let signal)?: self.init(.failed, "the command was ended by \(Self.name(ofSignal: signal))")
        case nil: self.init(.failed, "the command did not start")
        }
    }

    init(_ outcome: ExitRecord.Outcome, _ reason: String? = nil) {
        self.outcome = outcome
        self.reason = reason
    }

    static func name(ofSignal number: Int32) -> String {
        let names: [Int32: String] = [
            1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL",
            10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 24: "SIGXCPU",
            25: "SIGXFSZ", 31: "SIGSYS",
        ]
        return names[number] ?? "signal \(number)"
    }
}
