import FloydModel
import Testing

@testable import FloydCore

@Suite struct SchedulingPlanTests {
    private static let total = Resources(cpus: 8, memory: 64 << 30, gpus: 2)

    private static func job(cpus: Int = 1, memory: Int64 = 0, gpus: Int = 0) -> WaitingJob {
        WaitingJob(id: ObjectID(), needs: Resources(cpus: cpus, memory: memory, gpus: gpus))
    }

    private static func plan(
        _ queue: [WaitingJob],
        used: Resources = .none,
        freeGPUs: [Int] = [0, 1]
    ) -> SchedulingPlan {
        SchedulingPlan(queue: queue, total: total, used: used, freeGPUs: freeGPUs)
    }

    @Test func startsWhatFitsInTheOrderItCame() {
        let jobs = [Self.job(cpus: 3), Self.job(cpus: 3), Self.job(cpus: 3)]
        let plan = Self.plan(jobs)
        #expect(plan.claims.map(\.id) == [jobs[0].id, jobs[1].id])
        #expect(Set(plan.waits.keys) == [jobs[2].id])
    }

    @Test func aJobThatDoesNotFitHoldsItsPlace() {
        let big = Self.job(cpus: 6)
        let small = Self.job(cpus: 4)
        let plan = Self.plan([big, small], used: Resources(cpus: 4, memory: 0, gpus: 0))
        #expect(plan.claims.isEmpty)
        #expect(plan.waits[big.id]?.before == 0)
        #expect(plan.waits[small.id]?.before == 1)
        #expect(plan.waits[small.id]?.free.cpus == 0)
    }

    @Test func aSmallerOneBeginsWithWhatIsLeftOver() {
        // The first waits for a GPU and will need 4 CPUs then; the other 4 are nobody's.
        let waiting = Self.job(cpus: 4, gpus: 1)
        let small = Self.job(cpus: 4)
        let late = Self.job(cpus: 1)
        let plan = Self.plan([waiting, small, late], used: Resources(cpus: 0, memory: 0, gpus: 2), freeGPUs: [])
        #expect(plan.claims.map(\.id) == [small.id])
        #expect(plan.waits[waiting.id]?.reason == "waits for 1 GPU (0 of 2 free); next in the queue")
        #expect(plan.waits[late.id]?.reason == "waits for 1 CPU (0 of 8 free); 1 job before it")
    }

    @Test func givesEachJobCardsOfItsOwn() {
        let jobs = [Self.job(gpus: 1), Self.job(gpus: 0), Self.job(gpus: 1)]
        let plan = Self.plan(jobs, freeGPUs: [1, 0])
        #expect(plan.claims.map(\.gpus) == [[1], [], [0]])
    }

    @Test func aWaitingJobKeepsItsCards() {
        let both = Self.job(cpus: 8, gpus: 2)
        let one = Self.job(gpus: 1)
        let plan = Self.plan([both, one], used: Resources(cpus: 1, memory: 0, gpus: 0))
        #expect(plan.claims.isEmpty)
        #expect(plan.waits[one.id]?.free.gpus == 0)
    }

    @Test func whatTheMachineCanNeverRunHoldsUpNobody() {
        let impossible = Self.job(cpus: 2, gpus: 3)
        let next = Self.job(cpus: 8, gpus: 2)
        let plan = Self.plan([impossible, next])
        #expect(plan.claims.map(\.id) == [next.id])
        #expect(
            plan.waits[impossible.id]?.reason
                == "can't start: it needs 3 GPUs, more than the server has; stop it, or raise the server's resources"
        )
    }

    @Test func aCardThatTheConfigTookAwayIsNotGivenOut() {
        // Counted, one of two is free; but the attempt that runs holds number 7, and only 0 is left in the list.
        let job = Self.job(gpus: 1)
        let plan = Self.plan([Self.job(gpus: 1), job], used: .none, freeGPUs: [0])
        #expect(plan.claims.map(\.gpus) == [[0]])
        #expect(plan.waits[job.id]?.reason == "waits for 1 GPU (0 of 2 free); next in the queue")
    }

    @Test func moreUsedThanThereIsLeavesNothing() {
        let job = Self.job()
        let plan = Self.plan([job], used: Resources(cpus: 20, memory: 0, gpus: 0))
        #expect(plan.waits[job.id]?.free.cpus == 0)
    }

    @Test func namesAllThatIsLacking() {
        let job = Self.job(cpus: 8, memory: 48 << 30, gpus: 2)
        let plan = Self.plan([job], used: Resources(cpus: 1, memory: (32 << 30) + (1 << 29), gpus: 1), freeGPUs: [1])
        #expect(
            plan.waits[job.id]?.reason
                == "waits for 2 GPUs (1 of 2 free) and 8 CPUs (7 of 8 free) and 48.0 GiB of memory (31.5 GiB of 64.0 GiB free);"
                + " next in the queue"
        )
    }

    /// Whatever comes behind a job, it begins when it would begin if nothing came behind it.
    @Test(arguments: 0..<60) func noLaterJobEverDelaysAnEarlierOne(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        let jobs = (0..<12).map { _ in SimulatedJob(using: &generator) }
        let starts = Simulation.starts(of: jobs, total: Self.total)
        for count in 1...jobs.count {
            let without = Simulation.starts(of: Array(jobs.prefix(count)), total: Self.total)
            #expect(starts[count - 1] == without[count - 1], "job \(count - 1) of \(jobs)")
        }
        #expect(starts.allSatisfy { $0 != nil })
    }
}

private struct SimulatedJob {
    var waiting: WaitingJob
    var submitted: Int
    var duration: Int

    init(using generator: inout SeededGenerator) {
        waiting = WaitingJob(
            id: ObjectID(),
            needs: Resources(
                cpus: .random(in: 1...8, using: &generator),
                memory: .random(in: 0...64, using: &generator) << 30,
                gpus: .random(in: 0...2, using: &generator)
            )
        )
        submitted = .random(in: 0...6, using: &generator)
        duration = .random(in: 1...9, using: &generator)
    }
}

private enum Simulation {
    /// When each job begins if the plan is followed at every moment. Jobs come in the order of the list, none before the one in front of it.
    static func starts(of jobs: [SimulatedJob], total: Resources) -> [Int?] {
        var starts = [Int?](repeating: nil, count: jobs.count)
        var cards: [Int: [Int]] = [:]
        var arrival = 0
        let arrivals = jobs.map { job in
            arrival = max(arrival, job.submitted)
            return arrival
        }
        for now in 0..<200 {
            let running = jobs.indices.filter { index in
                starts[index].map { $0 + jobs[index].duration > now } ?? false
            }
            let held = Set(running.flatMap { cards[$0] ?? [] })
            let queue = jobs.indices.filter { starts[$0] == nil && arrivals[$0] <= now }
            let plan = SchedulingPlan(
                queue: queue.map { jobs[$0].waiting },
                total: total,
                used: running.map { jobs[$0].waiting.needs }.reduce(.none, +),
                freeGPUs: (0..<total.gpus).filter { !held.contains($0) }
            )
            for claim in plan.claims {
                guard let index = jobs.firstIndex(where: { $0.waiting.id == claim.id }) else { continue }
                #expect(held.isDisjoint(with: claim.gpus))
                #expect(claim.gpus.count == jobs[index].waiting.needs.gpus)
                starts[index] = now
                cards[index] = claim.gpus
            }
            let used = jobs.indices.filter { index in
                starts[index].map { $0 + jobs[index].duration > now } ?? false
            }
            #expect(used.map { jobs[$0].waiting.needs }.reduce(.none, +).fits(in: total))
            let all = used.flatMap { cards[$0] ?? [] }
            #expect(Set(all).count == all.count)
        }
        return starts
    }
}
