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
    /// After the database failed, which is then asked again unless something else comes first.
    private static let pauseAfterFailure = Duration.seconds(1)

    let store: Store
    let mover: JobMover
    let machine: Machine
    let launcher: AttemptLauncher
    let launches: LaunchesUnderWay
    let reasons: WaitReasons
    let logger: Logger

    func run() async throws {
        await withDiscardingTaskGroup { group in
            for await _ in mover.wake.wakes.cancelOnGracefulShutdown() {
                do {
                    try await claim { job in group.addTask { await launcher.launch(job) } }
                } catch {
                    logger.error(
                        "The queue could not be worked off; it is tried again",
                        metadata: ["error": "\(error)"]
                    )
                    group.addTask {
                        try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.pauseAfterFailure) }
                        mover.wake()
                    }
                }
            }
        }
    }

    /// Claims what can begin now, and hands over each job as soon as it is claimed: an error at the next one must not leave it lying.
    private func claim(_ begin: (JobRecord) -> Void) async throws {
        let active = try await store.jobs.active()
        let held = Set(active.flatMap(\.gpus))
        let plan = SchedulingPlan(
            queue: try await store.jobs.waiting().map { WaitingJob(id: $0.id, needs: $0.resources) },
            total: machine.total,
            used: active.map(\.resources).reduce(.none, +),
            freeGPUs: machine.gpus.map(\.index).filter { !held.contains($0) }
        )
        reasons.replace(plan.waits)
        for claim in plan.claims {
            guard let job = try await store.jobs.get(claim.id) else { continue }
            let attempt = AttemptID(job: job.id, number: job.attempt + 1)
            launches.begin(attempt)
            do {
                let facts = MoveFacts(at: Date(), gpus: claim.gpus)
                if let claimed = try await mover.move(job, from: [.queued], on: .claim, facts) {
                    begin(claimed)
                } else {
                    // Somebody stopped it meanwhile.
                    launches.forget(attempt)
                }
            } catch {
                launches.forget(attempt)
                throw error
            }
        }
    }
}
