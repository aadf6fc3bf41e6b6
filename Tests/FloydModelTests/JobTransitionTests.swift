import Testing

@testable import FloydModel

struct JobTransitionTests {
    private static let records: [JobOutcome] = [.success, .failed, .timeout, .shutdown]
    private static let events: [JobEvent] =
        [.claim, .commandStarted, .stop, .cannotStart, .neverLaunched, .vanished] + records.map { .exitRecord($0) }

    /// Every legal move, as (with retries left, without).
    private static func expected(_ state: JobState, _ event: JobEvent) -> (JobTransition?, JobTransition?) {
        func both(_ transition: JobTransition) -> (JobTransition?, JobTransition?) { (transition, transition) }
        return switch (state, event) {
        case (.queued, .claim): both(JobTransition(.starting, startsAttempt: true))
        case (.queued, .stop): both(JobTransition(.finished, .shutdown))

        case (.starting, .commandStarted): both(JobTransition(.running))
        case (.starting, .stop): both(JobTransition(.stopping))
        case (.starting, .cannotStart): both(JobTransition(.finished, .failed))
        case (.starting, .neverLaunched): both(JobTransition(.queued))
        case (.starting, .vanished): (JobTransition(.queued, attemptOutcome: .lost), JobTransition(.finished, .lost))
        case (.starting, .exitRecord(.failed)):
            (JobTransition(.queued, attemptOutcome: .failed), JobTransition(.finished, .failed))
        case (.starting, .exitRecord(.success)): both(JobTransition(.finished, .success))
        case (.starting, .exitRecord(.timeout)): both(JobTransition(.finished, .timeout))
        case (.starting, .exitRecord(.shutdown)): both(JobTransition(.finished, .shutdown))

        case (.running, .stop): both(JobTransition(.stopping))
        case (.running, .vanished): (JobTransition(.queued, attemptOutcome: .lost), JobTransition(.finished, .lost))
        case (.running, .exitRecord(.failed)):
            (JobTransition(.queued, attemptOutcome: .failed), JobTransition(.finished, .failed))
        case (.running, .exitRecord(.success)): both(JobTransition(.finished, .success))
        case (.running, .exitRecord(.timeout)): both(JobTransition(.finished, .timeout))
        case (.running, .exitRecord(.shutdown)): both(JobTransition(.finished, .shutdown))

        // Stopped: whatever comes, it never goes back into the queue; a record keeps its own outcome.
        case (.stopping, .vanished), (.stopping, .neverLaunched), (.stopping, .cannotStart):
            both(JobTransition(.finished, .shutdown))
        case (.stopping, .exitRecord(let outcome)): both(JobTransition(.finished, outcome))

        default: (nil, nil)
        }
    }

    @Test("the whole table", arguments: JobState.allCases)
    func table(_ state: JobState) {
        for event in Self.events {
            let (withRetries, without) = Self.expected(state, event)
            #expect(
                JobTransition.from(state, on: event, retriesLeft: true) == withRetries,
                "\(state) \(event), retries"
            )
            #expect(JobTransition.from(state, on: event, retriesLeft: false) == without, "\(state) \(event)")
        }
    }

    @Test("what holds for every move", arguments: JobState.allCases)
    func invariants(_ state: JobState) {
        for event in Self.events {
            for retriesLeft in [true, false] {
                guard let move = JobTransition.from(state, on: event, retriesLeft: retriesLeft) else { continue }
                #expect(state != .finished, "nothing happens to a finished job")
                #expect(move.state != state)
                #expect((move.state == .finished) == (move.outcome != nil))
                #expect(move.startsAttempt == (event == .claim))
                if state == .stopping { #expect(move.state == .finished) }
                if move.state == .finished { #expect(move.attemptOutcome == move.outcome) }
                if move.state.isActive { #expect(move.attemptOutcome == nil) }
                #expect(move.usesRetry == (move.state == .queued && event != .neverLaunched))
                if move.usesRetry { #expect(retriesLeft && [.failed, .lost].contains(move.attemptOutcome)) }
            }
        }
    }

    @Test func activeStates() {
        #expect(JobState.allCases.filter(\.isActive) == [.starting, .running, .stopping])
    }
}
