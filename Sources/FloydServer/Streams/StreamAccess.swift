import FloydModel

/// Whether whoever follows a stream may still see it: a stream can last for days, in which a token is revoked or a project made private.
///
/// It is looked at again every half minute. A stream whose access has ended ends with a last word; the client comes back with its place and is
/// told why it is refused.
struct StreamAccess: Sendable {
    static let interval = Duration.seconds(30)
    static let lastWord = ServerSentEvents.comment("access has ended")
    /// For streams of which nothing can be taken back.
    static let forEver = StreamAccess {}

    private let check: @Sendable () async throws -> Void
    private let now: @Sendable () -> ContinuousClock.Instant
    private var due: ContinuousClock.Instant

    /// - Parameter check: throws a `FloydError` where access has ended.
    init(
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        check: @escaping @Sendable () async throws -> Void
    ) {
        self.check = check
        self.now = now
        // It was looked at for the request.
        due = now() + Self.interval
    }

    /// - Throws: what isn't about access: a database that doesn't answer takes nothing away.
    mutating func stands() async throws -> Bool {
        let now = now()
        guard now >= due else { return true }
        due = now + Self.interval
        do {
            try await check()
            return true
        } catch let error as FloydError {
            switch error.code {
            case .unauthenticated, .forbidden, .notFound, .jobNotFound: return false
            default: throw error
            }
        }
    }
}
