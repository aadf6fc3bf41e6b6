public import FloydModel
import FoundationEssentials

/// What sending again takes of the world around; tests give it another.
public struct Retrying {
    var pause: (Duration) -> Void
    /// Told of each failure that is followed by another attempt.
    var notice: (FloydError) -> Void
    var now: () -> ContinuousClock.Instant
    /// From 0 up to 1.
    var jitter: () -> Double

    /// - Parameter pause: waits between attempts; it may come back early.
    public init(
        pause: @escaping (Duration) -> Void = Pause.sleeping,
        notice: @escaping (FloydError) -> Void = { _ in },
        now: @escaping () -> ContinuousClock.Instant = { .now },
        jitter: @escaping () -> Double = { .random(in: 0..<1) }
    ) {
        self.pause = pause
        self.notice = notice
        self.now = now
        self.jitter = jitter
    }
}

extension TransportRequest {
    static let keyField = "Idempotency-Key"

    /// Whether the server may do it twice without harm.
    var isRepeatable: Bool {
        method == "GET" || method == "HEAD" || headers.contains { $0.name == Self.keyField }
    }

    /// Gets the body ready to be sent once more.
    func rewind() throws(FloydError) {
        if case .stream(let source, let offset, _) = body { try source.seek(to: offset) }
    }
}

extension FloydClient {
    /// Does `body` until it goes well or isn't worth another attempt.
    func retrying<Value>(
        _ request: TransportRequest,
        _ body: () throws(TransportFailure) -> Value
    ) throws(TransportFailure) -> Value {
        let start = retry.now()
        var lastAnswer = start
        var failures = 0
        while true {
            do throws(TransportFailure) {
                return try body()
            } catch {
                failures += 1
                var isPutOff = false
                if case .busy = error { isPutOff = true }
                if isPutOff { lastAnswer = retry.now() }
                let decision = RetryDecision(
                    after: error,
                    isRepeatable: request.isRepeatable,
                    failures: failures,
                    elapsed: (isPutOff ? start : lastAnswer).duration(to: retry.now()),
                    jitter: retry.jitter()
                )
                guard case .again(let delay) = decision else { throw error }
                retry.notice(self.error(error))
                retry.pause(delay)
                do throws(FloydError) {
                    try request.rewind()
                } catch {
                    throw .local(error)
                }
            }
        }
    }

    /// A key for a request that is to be done once.
    static func newKey() -> String { ObjectID().string }
}
