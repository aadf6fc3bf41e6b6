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
        // What nobody has begun.
        Row(
            "no directory",
            evidence {
                $0.exists = false; $0.hasSpec = false
            },
            .nothing,
            .relaunchAfterFencing,
            .lost(.directoryGone),
            .relaunchAfterFencing,
            .nothing
        ),
        Row(
            "a folder without a spec",
            evidence { $0.hasSpec = false },
            .nothing,
            .relaunchAfterFencing,
            .lost(.directoryGone),
            .relaunchAfterFencing,
            .nothing
        ),
        Row(
            "prepared, no worker yet",
            evidence { _ in },
            .nothing,
            .relaunchAfterFencing,
            .lost(.directoryGone),
            .relaunchAfterFencing,
            .nothing
        ),
        Row(
            "fenced",
            evidence { $0.isFenced = true },
            .nothing,
            .relaunchAfterFencing,
            .lost(.directoryGone),
            .relaunchAfterFencing,
            .nothing
        ),

        // A worker that lives.
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
            "worker alive although fenced",
            evidence {
                $0.worker = alive; $0.isFenced = true
            },
            .stopAgain,
            .nothing,
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

        // A worker that is gone.
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
            "exit record of before the machine's restart",
            evidence {
                $0.worker = dead; $0.started = started; $0.exit = exited; $0.isOfEarlierBoot = true
            },
            .nothing,
            .settle(exited),
            .settle(exited),
            .settle(exited),
            .nothing
        ),
        Row(
            "exit record alone",
            evidence { $0.exit = exited },
            .nothing,
            .settle(exited),
            .settle(exited),
            .settle(exited),
            .nothing
        ),
        Row(
            "exit record, and something of the job lives",
            evidence {
                $0.worker = dead; $0.started = started; $0.exit = exited; $0.remains = true
            },
            .endRemains,
            .endRemains,
            .endRemains,
            .endRemains,
            .endRemains
        ),
        Row(
            "worker dead without a record, before the command started",
            evidence { $0.worker = dead },
            .nothing,
            .lost(.workerGone),
            .lost(.workerGone),
            .lost(.workerGone),
            .nothing
        ),
        Row(
            "worker dead without a record; its pid may be another's by now",
            evidence {
                $0.worker = dead; $0.started = started
            },
            .nothing,
            .lost(.workerGone),
            .lost(.workerGone),
            .lost(.workerGone),
            .nothing
        ),
        Row(
            "worker killed, its job lives",
            evidence {
                $0.worker = dead; $0.started = started; $0.remains = true
            },
            .endRemains,
            .endRemains,
            .endRemains,
            .endRemains,
            .endRemains
        ),
        Row(
            "the machine was restarted",
            evidence {
                $0.worker = dead; $0.started = started; $0.isOfEarlierBoot = true
            },
            .nothing,
            .lost(.machineRestarted),
            .lost(.machineRestarted),
            .lost(.machineRestarted),
            .nothing
        ),

        // Files that make no sense: cut short, or damaged.
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
            "exit record unreadable, worker dead, its job lives",
            evidence {
                $0.worker = dead; $0.unreadable = ["exit.json: x"]; $0.remains = true
            },
            .endRemains,
            .endRemains,
            .endRemains,
            .endRemains,
            .endRemains
        ),
        Row(
            "exit record unreadable, worker alive",
            evidence {
                $0.worker = alive; $0.started = started; $0.unreadable = ["exit.json: x"]
            },
            .stopAgain,
            .markRunning,
            .nothing,
            .stopAgain,
            .stopAgain
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
            "worker record unreadable, but it ended",
            evidence {
                $0.unreadable = ["worker.json: x"]; $0.exit = exited
            },
            .nothing,
            .settle(exited),
            .settle(exited),
            .settle(exited),
            .nothing
        ),
        Row(
            "only the start record unreadable",
            evidence {
                $0.worker = dead; $0.unreadable = ["started.json: x"]
            },
            .nothing,
            .lost(.workerGone),
            .lost(.workerGone),
            .lost(.workerGone),
            .nothing
        ),
        Row(
            "start record unreadable, no worker",
            evidence { $0.unreadable = ["started.json: x"] },
            .nothing,
            .relaunchAfterFencing,
            .lost(.directoryGone),
            .relaunchAfterFencing,
            .nothing
        ),
        Row(
            "start record unreadable, worker alive",
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

    /// Whatever the files say.
    @Test func whatHoldsForAllEvidence() {
        let workers: [RunEvidence.Worker?] = [nil, alive, dead]
        for state in JobState.allCases {
            for bits in 0..<64 {
                for worker in workers {
                    let evidence = evidence {
                        $0.worker = worker
                        $0.exists = bits & 1 == 0
                        $0.isFenced = bits & 2 != 0
                        $0.started = bits & 4 != 0 ? started : nil
                        $0.exit = bits & 8 != 0 ? exited : nil
                        $0.remains = bits & 16 != 0 && worker?.isAlive == false
                        $0.unreadable = bits & 32 != 0 ? ["worker.json: x"] : []
                    }
                    let decision = ReconcileDecision.about(state, evidence)
                    if evidence.remains { #expect(decision == .endRemains, "nothing ends while something lives") }
                    switch decision {
                    case .settle(let exit): #expect(state.isActive && evidence.exit == exit)
                    case .lost, .relaunchAfterFencing, .setAside:
                        #expect(state.isActive && evidence.exit == nil && worker?.isAlive != true)
                    case .markRunning: #expect(state == .starting && worker?.isAlive == true)
                    case .stopAgain: #expect(worker?.isAlive == true && state != .starting && state != .running)
                    case .endRemains: #expect(evidence.remains)
                    case .nothing: #expect(!state.isActive || worker?.isAlive == true)
                    }
                }
            }
        }
    }

    @Test func everyStateHasItsColumn() {
        #expect(Self.table.allSatisfy { $0.decisions.count == JobState.allCases.count })
    }
}
