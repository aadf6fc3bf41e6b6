import FloydModel
import FloydOS
import FloydRun
import Testing

@testable import FloydExecutor

private let record = WorkerRecord(process: ProcessIdentity(pid: 1, startTime: 1, bootID: "b"))
private let alive = RunEvidence.Worker(record: record, isAlive: true)
private let dead = RunEvidence.Worker(record: record, isAlive: false)
private let started = StartRecord(time: WallTime(nanoseconds: 0), pid: 5)
private let exited = ExitRecord(outcome: .failed, finished: WallTime(nanoseconds: 0), logLength: 0)

private func evidence(_ change: (inout RunEvidence) -> Void) -> RunEvidence {
    var evidence = RunEvidence()
    change(&evidence)
    return evidence
}

@Suite struct ReconcileTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var evidence: RunEvidence
        /// For queued, starting, running, stopping, finished.
        var decisions: [ReconcileDecision]

        init(_ name: String, _ evidence: RunEvidence, _ decisions: ReconcileDecision...) {
            self.name = name
            self.evidence = evidence
            self.decisions = decisions
        }

        var testDescription: String { name }
    }

    static let table: [Row] = [
        Row(
            "no directory",
            evidence {
                $0.exists = false; $0.hasSpec = false
            },
            .nothing,
            .relaunchAfterFencing,
            .lost,
            .relaunchAfterFencing,
            .nothing
        ),
        Row(
            "prepared, no worker yet",
            evidence { _ in },
            .nothing,
            .relaunchAfterFencing,
            .lost,
            .relaunchAfterFencing,
            .nothing
        ),
        Row(
            "fenced",
            evidence { $0.isFenced = true },
            .nothing,
            .relaunchAfterFencing,
            .lost,
            .relaunchAfterFencing,
            .nothing
        ),
        Row(
            "worker alive, command not started",
            evidence { $0.worker = alive },
            .stopAgain,
            .nothing,
            .nothing,
            .stopAgain,
            .stopAgain
        ),
        Row(
            "worker alive, command started",
            evidence {
                $0.worker = alive; $0.started = started
            },
            .stopAgain,
            .markRunning,
            .nothing,
            .stopAgain,
            .stopAgain
        ),
        Row(
            "exit record while the worker still ends",
            evidence {
                $0.worker = alive; $0.exit = exited
            },
            .nothing,
            .settle(exited),
            .settle(exited),
            .settle(exited),
            .nothing
        ),
        Row(
            "exit record",
            evidence {
                $0.worker = dead; $0.started = started; $0.exit = exited
            },
            .nothing,
            .settle(exited),
            .settle(exited),
            .settle(exited),
            .nothing
        ),
        Row(
            "worker dead without a record",
            evidence {
                $0.worker = dead; $0.started = started
            },
            .nothing,
            .lost,
            .lost,
            .lost,
            .nothing
        ),
        Row(
            "exit record unreadable, worker dead",
            evidence {
                $0.worker = dead; $0.unreadable = ["exit.json: x"]
            },
            .nothing,
            .setAside(["exit.json: x"]),
            .setAside(["exit.json: x"]),
            .setAside(["exit.json: x"]),
            .nothing
        ),
        Row(
            "worker record unreadable",
            evidence { $0.unreadable = ["worker.json: x"] },
            .nothing,
            .setAside(["worker.json: x"]),
            .setAside(["worker.json: x"]),
            .setAside(["worker.json: x"]),
            .nothing
        ),
        Row(
            "only the start record unreadable",
            evidence {
                $0.worker = dead; $0.unreadable = ["started.json: x"]
            },
            .nothing,
            .lost,
            .lost,
            .lost,
            .nothing
        ),
        Row(
            "unreadable but alive",
            evidence {
                $0.worker = alive; $0.unreadable = ["started.json: x"]
            },
            .stopAgain,
            .nothing,
            .nothing,
            .stopAgain,
            .stopAgain
        ),
    ]

    @Test(arguments: table)
    func decisionIsTheTables(row: Row) {
        let states: [JobState] = [.queued, .starting, .running, .stopping, .finished]
        for (state, decision) in zip(states, row.decisions) {
            #expect(ReconcileDecision.about(state, row.evidence) == decision, "\(state)")
        }
    }

    @Test func everyStateHasItsColumn() {
        #expect(Self.table.allSatisfy { $0.decisions.count == JobState.allCases.count })
    }
}
