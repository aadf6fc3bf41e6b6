internal import FloydModel
internal import ServiceLifecycle
internal import Synchronization

/// Tells whoever follows a job that it moved or its log grew. A hint and no more: whoever hears it looks for itself.
final class JobSignals: Sendable {
    private struct Followers {
        var next = 0
        var byJob: [ObjectID: [Int: @Sendable () -> Void]] = [:]
        var ofMoves: [Int: @Sendable () -> Void] = [:]
    }

    /// Ends the subscription when it is released.
    final class Subscription: Sendable {
        private let cancel: @Sendable () -> Void

        fileprivate init(_ cancel: @escaping @Sendable () -> Void) {
            self.cancel = cancel
        }

        deinit {
            cancel()
        }
    }

    private let followers = Mutex(Followers())
    private let moves = Atomic(0)

    /// Grows with every move of any job: whoever remembers it knows whether a look into the database can bring anything new.
    var moveCount: Int { moves.load(ordering: .acquiring) }

    /// Calls `onChange` at every signal for the job, on the signaller's thread.
    func subscribe(_ job: ObjectID, _ onChange: @escaping @Sendable () -> Void) -> Subscription {
        let key = followers.withLock { followers in
            followers.next += 1
            followers.byJob[job, default: [:]][followers.next] = onChange
            return followers.next
        }
        return Subscription { [weak self] in
            self?.followers.withLock { followers in
                followers.byJob[job]?[key] = nil
                if followers.byJob[job]?.isEmpty == true { followers.byJob[job] = nil }
            }
        }
    }

    /// Calls `onMove` at every move of any job, on the signaller's thread.
    func subscribe(_ onMove: @escaping @Sendable () -> Void) -> Subscription {
        let key = followers.withLock { followers in
            followers.next += 1
            followers.ofMoves[followers.next] = onMove
            return followers.next
        }
        return Subscription { [weak self] in
            self?.followers.withLock { $0.ofMoves[key] = nil }
        }
    }

    /// The job moved.
    func moved(_ job: ObjectID) {
        moves.add(1, ordering: .releasing)
        signal(job)
        let actions = followers.withLock { Array($0.ofMoves.values) }
        for action in actions { action() }
    }

    /// The job's log grew.
    func logGrew(_ job: ObjectID) {
        signal(job)
    }

    private func signal(_ job: ObjectID) {
        let actions = followers.withLock { $0.byJob[job].map { Array($0.values) } ?? [] }
        for action in actions { action() }
    }
}

/// Wakes the dispatcher; several wakes before it looks are one.
final class Wake: Sendable {
    let wakes: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let hasChange = Atomic(false)

    init() {
        (wakes, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Something was freed, or is to be looked at again.
    func callAsFunction() {
        hasChange.store(true, ordering: .releasing)
        continuation.yield()
    }

    /// Waits for the next wake, or until then, or until the process is to end. For one at a time.
    ///
    /// What ends at the time is a wake, too: to cancel who waits for the stream would end the stream for good.
    func wait(until end: ContinuousClock.Instant) async {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    guard (try? await Task.sleep(until: end, clock: .continuous)) != nil else { return }
                    self.continuation.yield()
                }
                for await _ in self.wakes { break }
                group.cancelAll()
            }
        }
    }

    /// Ends the wakes, for good.
    func end() {
        continuation.finish()
    }

    /// A job came to the end of the queue, and nothing else.
    func queued() {
        continuation.yield()
    }

    /// Whether there was a wake since the last call that wasn't for a new job alone.
    func takeChange() -> Bool {
        hasChange.exchange(false, ordering: .acquiring)
    }
}
