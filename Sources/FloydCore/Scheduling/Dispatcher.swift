internal import FloydModel
internal import FloydStore
internal import FoundationEssentials
internal import Logging
internal import ServiceLifecycle

/// Takes jobs from the queue when their resources are free, and has each started.
///
/// The database holds what is claimed. A crash between the claim and the start leaves a job in `starting` without a worker, which
/// the supervisor puts back into the queue.
struct Dispatcher: Service {
    let store: Store
    let machine: Machine
    let launcher: AttemptLauncher
    let reasons: WaitReasons
    let wake: Wake
    let logger: Logger

    func run() async throws {
        await withDiscardingTaskGroup { group in
            for await _ in wake.wakes.cancelOnGracefulShutdown() {
                do {
                    for job in try await claim() {
                        group.addTask { await launcher.launch(job) }
                    }
                } catch {
                    logger.error(
                        "The queue could not be read; it is tried again at the next event",
                        metadata: ["error": "\(error)"]
                    )
                }
            }
        }
    }

    /// Claims what can begin now.
    private func claim() async throws -> [JobRecord] {
        let active = try await store.jobs.active()
        let held = Set(active.flatMap(\.gpus))
        let plan = SchedulingPlan(
            queue: try await store.jobs.waiting().map { WaitingJob(id: $0.id, needs: $0.resources) },
            total: machine.total,
            used: active.map(\.resources).reduce(.none, +),
            freeGPUs: machine.gpus.map(\.index).filter { !held.contains($0) }
        )
        reasons.replace(plan.waits)
        var claimed: [JobRecord] = []
        for claim in plan.claims {
            guard let job = try await store.jobs.get(claim.id) else { continue }
            // Nil if somebody stopped it meanwhile.
            let facts = MoveFacts(at: Date(), gpus: claim.gpus)
            if let job = try await store.jobs.move(job.id, attempt: job.attempt, from: .queued, on: .claim, facts) {
                claimed.append(job)
            }
        }
        return claimed
    }
}
