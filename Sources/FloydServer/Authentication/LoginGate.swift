import FloydModel
import Synchronization

/// Where failed logins are counted.
final class LoginGate: Sendable {
    private let throttle = Mutex(LoginThrottle())
    private let now: @Sendable () -> ContinuousClock.Instant

    init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.now = now
    }

    /// Runs an attempt to log in from `origin`.
    ///
    /// - Parameter attempt: whoever the attempt was successful for, or nil for what may be a guess. What it throws is no guess: it says something
    ///   of a token that there was.
    /// - Throws: `SlowedLogin` for a guess that is one too many, and what `attempt` throws.
    func pass<Success: Sendable>(
        _ origin: RequestOrigin,
        _ attempt: () async throws -> Success?
    ) async throws -> Success? {
        let charge = throttle.withLock { $0.begin(Self.source(of: origin), at: now()) }
        let success: Success?
        do {
            success = try await attempt()
        } catch {
            throttle.withLock { $0.forgive(charge, at: now()) }
            throw error
        }
        if success != nil {
            throttle.withLock { $0.forgive(charge, at: now()) }
        } else if let retryAfter = charge.retryAfter {
            throw SlowedLogin(retryAfter: retryAfter)
        }
        return success
    }

    /// Whom failures are charged to: an address, all of a network that somebody alone has (a /64 of IPv6), or a user of this machine.
    static func source(of origin: RequestOrigin) -> String {
        if let uid = origin.uid { return "uid \(uid)" }
        guard origin.address.contains(":") else { return String(origin.address.prefix(64)) }
        return network(of: origin.address.prefix(64))
    }

    /// The first four groups of an IPv6 address (RFC 4291 §2.2).
    private static func network(of address: some StringProtocol) -> String {
        func groups(_ text: some StringProtocol) -> [String] { text.split(separator: ":").map { $0.lowercased() } }
        let text = String(address)
        var all = groups(text)
        if let gap = text.firstRange(of: "::") {
            let (front, back) = (groups(text[..<gap.lowerBound]), groups(text[gap.upperBound...]))
            all = front + Array(repeating: "0", count: max(0, 8 - front.count - back.count)) + back
        }
        return all.prefix(4).joined(separator: ":") + "::/64"
    }
}

/// A failed login that is one too many of its source.
struct SlowedLogin: Error {
    /// Seconds.
    var retryAfter: Int

    var shown: FloydError {
        FloydError(
            .tooManyAttempts,
            "too many logins from your address failed",
            hint: "Wait \(retryAfter) s before you try another token. A valid one is taken at any time."
        )
    }
}
