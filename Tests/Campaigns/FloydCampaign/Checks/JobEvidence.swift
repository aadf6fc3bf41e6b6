import FloydAPI
import FloydModel

/// All that is known of one job at the end of a campaign, and what of it must not be.
struct JobEvidence {
    var entry: Ledger.Entry
    var job: JobResponse
    /// Its whole log, and which attempt said what.
    var log: [(attempt: Int, record: LogRecordMessage)]
    /// What it told the witness.
    var runs: [Witness.Run]
    /// What it wrote into its output, of all attempts: `ATTEMPT NONCE`.
    var written: [String]
    /// The command that was submitted.
    var command: String

    private var plan: JobPlan { entry.plan }

    var violations: [String] {
        guard job.state == .finished, let outcome = job.outcome else {
            return ["it has not ended: \(job.state.rawValue), \(job.reason ?? "no reason")"]
        }
        var found: [String] = []
        if job.command != command { found.append("its command is another one") }
        found += runViolations(outcome) + outcomeViolations(outcome) + timeViolations
        for stream in JobPlan.Stream.allCases { found += logViolations(stream, outcome) }
        return found + followViolations
    }

    /// Whether it came to the end that it was to have by itself, so that everything must be there.
    private func isNatural(_ outcome: JobOutcome) -> Bool { [.success, .failed].contains(outcome) }

    private func runViolations(_ outcome: JobOutcome) -> [String] {
        var found: [String] = []
        for (attempt, runs) in Dictionary(grouping: runs, by: \.attempt) where runs.count > 1 {
            found.append("attempt \(attempt) ran \(runs.count) times: \(runs.map(\.nonce))")
        }
        let told = Set(runs.map { "\($0.attempt) \($0.nonce)" })
        for run in written where !told.contains(run) {
            found.append("its output tells of a run that nobody saw: \(run)")
        }
        if Set(written).count != written.count { found.append("its output tells twice of a run: \(written)") }
        if let last = runs.map(\.attempt).max(), last > job.attempt {
            found.append("attempt \(last) ran, and the server knows of \(job.attempt)")
        }
        if runs.count > 1 + plan.retries { found.append("it ran \(runs.count) times with \(plan.retries) retries") }
        for run in runs.dropLast() where !run.hasEnded && !entry.killedAttempts.contains(run.attempt) {
            found.append("attempt \(run.attempt) did not come to its end, and another one followed")
        }
        if isNatural(outcome) {
            // Who is stopped is not tried again.
            if runs.count != plan.runs, entry.killedAttempts.isEmpty, !entry.isStopAsked {
                found.append("it ran \(runs.count) times, not \(plan.runs)")
            }
            if runs.last?.hasEnded != true {
                found.append("it ended by itself, but its command did not come to its end")
            }
            if runs.last?.attempt != job.attempt { found.append("its last run is not its last attempt") }
            // Whoever is killed may have told of its run and not come to its output.
            let due = runs.filter { $0.hasEnded || !entry.killedAttempts.contains($0.attempt) }
                .map { "\($0.attempt) \($0.nonce)" }
            if !Set(due).isSubset(of: written) {
                found.append("its output does not tell of its runs: \(written), \(due)")
            }
        }
        if let answer = entry.stopAnswer, answer.state == .finished, answer.attempt == 0, !runs.isEmpty {
            found.append("it was stopped in the queue, and ran")
        }
        return found
    }

    /// How its last run was to end: a killed worker takes a run's failure away, a stop the runs behind it.
    private var lastEnding: JobPlan.Ending {
        guard !entry.killedAttempts.isEmpty || entry.isStopAsked, plan.endsByItself else { return plan.lastEnding }
        return runs.count > plan.failures ? plan.ending : .code(JobPlan.failureCode)
    }

    private func outcomeViolations(_ outcome: JobOutcome) -> [String] {
        var expected: (outcome: JobOutcome, code: Int, signal: Int?)?
        switch lastEnding {
        case .code(let code): expected = (code == 0 ? .success : .failed, code, nil)
        case .signal(let signal): expected = (.failed, 128 + signal, signal)
        case .never: break
        }
        let told =
            "\(outcome.rawValue), code \(job.exitCode ?? -1), signal \(job.signal ?? 0), \(job.reason ?? "no reason")"
        switch outcome {
        case .success, .failed:
            guard let expected else { return ["it goes on for ever, and ended: \(told)"] }
            guard (outcome, job.exitCode, job.signal) == (expected.outcome, expected.code, expected.signal) else {
                return ["it was to end with \(lastEnding), and ended: \(told)"]
            }
            return []
        case .shutdown:
            return entry.isStopAsked ? [] : ["nobody stopped it, and it ended: \(told)"]
        case .lost:
            return entry.killedAttempts.contains(job.attempt) ? [] : ["nobody killed its worker, and it ended: \(told)"]
        case .timeout:
            return ["it has no time limit, and ended: \(told)"]
        }
    }

    private var timeViolations: [String] {
        var found: [String] = []
        if let duration = job.duration, duration < 0 { found.append("it ran for \(duration) s") }
        let times = [job.created, job.started, job.finished].compactMap { $0 }
        if times != times.sorted() { found.append("its times are not in order: \(times)") }
        if let started = job.started, runs.isEmpty, job.outcome != .shutdown, job.outcome != .lost {
            found.append("it started at \(started), and never ran")
        }
        return found
    }

    private func logViolations(_ stream: JobPlan.Stream, _ outcome: JobOutcome) -> [String] {
        runs.flatMap { run -> [String] in
            let text = text(of: stream, in: run.attempt)
            var expected = plan.expected(stream)
            if stream == .output { expected = "run \(plan.number) \(run.attempt) \(run.nonce)\n" + expected }
            // An attempt that was followed by another one ended by itself.
            let isWhole = isNatural(outcome) || run.attempt < job.attempt
            let flaw =
                isWhole && !entry.killedAttempts.contains(run.attempt)
                ? Self.difference(text, expected) : cutDifference(text, expected, stream)
            return flaw.map { ["the \(stream.name) of attempt \(run.attempt) is not what it printed: \($0)"] } ?? []
        }
    }

    private func text(of stream: JobPlan.Stream, in attempt: Int) -> String {
        var text = ""
        for (number, record) in log where number == attempt && record.stream == stream.name {
            text += String(decoding: record.bytes, as: UTF8.self) + (record.partial ? "" : "\n")
        }
        return text
    }

    /// What is wrong with the output of a run that was ended in the middle; a shell says of its child that it was terminated.
    private func cutDifference(_ text: String, _ expected: String, _ stream: JobPlan.Stream) -> String? {
        var text = text
        let words = "last words \(plan.number)\n"
        if plan.ending == .never(.polite), stream == .output {
            if text.hasSuffix(words) {
                text.removeLast(words.count)
            } else if job.exitCode == JobPlan.politeCode {
                return "its last words are not there"
            }
        }
        if stream == .errors {
            text = text.split(separator: "\n", omittingEmptySubsequences: false)
                .filter { !$0.contains("/bin/bash: line ") && $0 != "Terminated" }.joined(separator: "\n")
        }
        return expected.hasPrefix(text) ? nil : Self.difference(text, expected)
    }

    /// Where two texts part; nil if they are the same.
    private static func difference(_ text: String, _ expected: String) -> String? {
        if text == expected { return nil }
        let same = zip(text.utf8, expected.utf8).prefix { $0 == $1 }.count
        let left = String(decoding: Array(text.utf8.dropFirst(max(0, same - 20)).prefix(60)), as: UTF8.self)
        let right = String(decoding: Array(expected.utf8.dropFirst(max(0, same - 20)).prefix(60)), as: UTF8.self)
        return "\(text.utf8.count) bytes for \(expected.utf8.count), from \(same) on \(left.debugDescription) "
            + "for \(right.debugDescription)"
    }

    /// What followers saw is the log's beginning.
    private var followViolations: [String] {
        var digest = LogDigest()
        var beginnings = [digest]
        for (_, record) in log {
            digest.add(record)
            beginnings.append(digest)
        }
        return entry.follows.filter { $0.records >= beginnings.count || beginnings[$0.records] != $0 }.map { follow in
            "a follower saw \(follow.records) records that are not the first ones of the log's \(log.count)"
        }
    }
}
