internal import FloydAPI
internal import FloydModel
internal import FloydStore

/// The moves of jobs, for whoever may see them.
struct EventService: EventServing {
    let store: Store
    let signals: JobSignals

    func events(after id: Int64, job: Reference?, limit: Int, as account: Account) async throws -> [EventResponse] {
        let job: ObjectID? =
            if let job { try await store.references.job(job, asking: account).id } else { nil }
        return try await store.events.after(id, of: job, visibleTo: account, limit: limit).map(EventResponse.init)
    }

    func latest() async throws -> Int64 {
        try await store.events.latest()
    }

    func subscribe(_ onMove: @escaping @Sendable () -> Void) -> any Sendable {
        signals.subscribe(onMove)
    }
}

extension EventResponse {
    fileprivate init(_ event: EventRecord) {
        self.init(
            id: event.id,
            job: event.job,
            name: event.name.description,
            kind: event.kind,
            attempt: event.attempt,
            state: event.state,
            outcome: event.outcome,
            reason: event.reason,
            at: event.at
        )
    }
}
