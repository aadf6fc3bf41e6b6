internal import FloydModel
internal import FloydOS
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
    /// How many jobs more are read of a long queue than there are CPUs left for.
    static let margin = 8
    /// How soon after a look at a part the whole queue is looked at, so that the jobs further back learn their places.
    private static let pauseBeforeWhole = Duration.milliseconds(300)
    /// How often it is looked whether an account whose jobs wait is enabled again: another process does that, and wakes nobody.
    private static let pauseWhileHolding = Duration.seconds(10)

    let store: Store
    let mover: JobMover
    let machine: Machine
    let launcher: AttemptLauncher
    let launches: LaunchesUnderWay
    let reasons: WaitReasons
    let logger: Logger

    /// What is to come next besides what others wake for.
    private struct Outlook {
        var claimed: [JobRecord] = []
        /// When the first of the jobs that are to be tried again may be.
        var retry: Duration?
        /// Whether all of the queue was looked at.
        var isWhole = true
        /// Whether those that were looked at wait for all there is, so that a job that comes behind them changes nothing.
        var isFull = false
    }

    func run() async throws {
        // `cancelOnGracefulShutdown` would have every wake handed over by another task.
        await withGracefulShutdownHandler {
            await workOff()
        } onGracefulShutdown: {
            mover.wake.end()
        }
    }

    /// Takes jobs from the queue until there are no more wakes.
    private func workOff() async {
        let (retry, whole) = (Alarm(), Alarm())
        var seenWhole: ContinuousClock.Instant?
        var isFull = false
        await withDiscardingTaskGroup { group in
            func wake(_ alarm: Alarm, after pause: Duration) {
                let instant = ContinuousClock.now + pause
                guard alarm.set(instant) else { return }
                group.addTask {
                    try? await cancelWhenGracefulShutdown { try await Task.sleep(until: instant, clock: .continuous) }
                    alarm.rang(instant)
                    mover.wake()
                }
            }
            for await _ in mover.wake.wakes {
                guard mover.wake.takeChange() || !isFull else {
                    // All that has changed is how long the queue is.
                    wake(whole, after: Self.pauseBeforeWhole)
                    continue
                }
                do {
                    let isDue = seenWhole.map { .now - $0 >= Self.pauseBeforeWhole } ?? true
                    let outlook = try await claim(lookingAtAll: isDue)
                    isFull = outlook.isFull
                    for job in outlook.claimed { group.addTask { await launcher.launch(job) } }
                    if let pause = outlook.retry { wake(retry, after: pause) }
                    if outlook.isWhole { seenWhole = .now } else { wake(whole, after: Self.pauseBeforeWhole) }
                } catch {
                    isFull = false
                    logger.error(
                        "The queue could not be worked off; it is tried again",
                        metadata: ["error": "\(error)"]
                    )
                    wake(retry, after: Self.pauseAfterFailure)
                }
            }
        }
    }

    /// Claims what can begin now, all in one transaction.
    private func claim(lookingAtAll isWholeWanted: Bool) async throws -> Outlook {
        let total = machine.total
        let freed = mover.freed.all
        let seen = try await store.jobs.outlook { held in
            isWholeWanted ? .max : max(0, total.cpus - held.without(freed).resources.cpus) + Self.margin
        }
        let held = seen.held.without(freed)
        // They were active when they were freed, so those that aren't have been settled since.
        mover.freed.forget(freed.subtracting(seen.held.map { AttemptID($0) }))
        let (used, taken) = (held.resources, Set(held.flatMap(\.gpus)))
        var outlook = Outlook(isWhole: seen.isWhole)
        var queue = seen.waiting
        var plan = plan(queue, used, taken, &outlook)
        if !outlook.isWhole && plan.left.cpus > 0 {
            // What those wait for isn't CPUs: all the rest, then.
            queue += try await store.jobs.waiting(behind: queue.last)
            outlook.isWhole = true
            plan = self.plan(queue, used, taken, &outlook)
        }
        if seen.isHolding { outlook.retry = min(outlook.retry ?? Self.pauseWhileHolding, Self.pauseWhileHolding) }
        outlook.isFull = !outlook.isWhole
        reasons.replace(plan.waits, isWhole: outlook.isWhole)
        guard !plan.claims.isEmpty else { return outlook }
        let attempts = Dictionary(queue.map { ($0.id, $0.attempt) }, uniquingKeysWith: { $1 })
        outlook.claimed = try await claim(
            plan.claims.map { JobClaim(job: $0.id, attempt: attempts[$0.id] ?? 0, gpus: $0.gpus) }
        )
        return outlook
    }

    private func plan(
        _ queue: [WaitingJobRecord],
        _ used: Resources,
        _ taken: Set<Int>,
        _ outlook: inout Outlook
    ) -> SchedulingPlan {
        outlook.retry = nil
        return SchedulingPlan(
            queue: queue.filter { job in
                guard let remaining = mover.retries.remaining(job) else { return true }
                outlook.retry = min(outlook.retry ?? remaining, remaining)
                return false
            }.map { WaitingJob(id: $0.id, needs: $0.resources) },
            total: machine.total,
            used: used,
            freeGPUs: machine.gpus.map(\.index).filter { !taken.contains($0) }
        )
    }

    private func claim(_ claims: [JobClaim]) async throws -> [JobRecord] {
        // Whoever reads that they start must find that they are being launched.
        let attempts = claims.map { AttemptID(job: $0.job, number: $0.attempt + 1) }
        for attempt in attempts { launches.begin(attempt) }
        do {
            let claimed = try await mover.claim(claims, MoveFacts(at: Date()))
            Failpoint.launchClaimed.reach()
            // Somebody stopped the others meanwhile.
            let begun = Set(claimed.map { AttemptID($0) })
            for attempt in attempts where !begun.contains(attempt) { launches.forget(attempt) }
            return claimed
        } catch {
            for attempt in attempts { launches.forget(attempt) }
            throw error
        }
    }
}
