/// What a test needs didn't come about, in the time that it was given or at all.
struct FixtureFailure: Error, CustomStringConvertible {
    var description: String
}

/// Runs `body`, but no longer than `limit`.
///
/// - Throws: what `body` throws, or `FixtureFailure`, which says that `what` was waited for.
func within<Value: Sendable>(
    _ limit: Duration,
    _ what: String,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask(operation: body)
        group.addTask {
            try await Task.sleep(for: limit)
            throw FixtureFailure(description: "waited \(limit) in vain for \(what)")
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
    }
}

/// Looks until `condition` holds: for what nobody tells of, files of other processes above all.
func eventually<Value: Sendable>(
    _ what: String,
    within limit: Duration = .seconds(30),
    _ condition: @escaping @Sendable () async throws -> Value?
) async throws -> Value {
    try await within(limit, what) {
        while true {
            if let value = try await condition() { return value }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
