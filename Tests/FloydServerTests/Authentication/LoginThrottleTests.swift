import Testing

@testable import FloydServer

@Suite("Failed logins")
struct LoginThrottleTests {
    private let start = ContinuousClock.now

    /// A failure, and how long it says to wait.
    private func fail(_ throttle: inout LoginThrottle, _ source: String = "a", at seconds: Double = 0) -> Int? {
        throttle.begin(source, at: start + .seconds(seconds)).retryAfter
    }

    @Test("a few are told why, and then how long to wait")
    func allowance() {
        var throttle = LoginThrottle()
        for _ in 0..<LoginThrottle.allowance { #expect(fail(&throttle) == nil) }
        #expect(fail(&throttle) == 6)
        #expect(fail(&throttle) == 12)
        #expect(fail(&throttle, "b") == nil, "another source owes nothing")
    }

    @Test("time pays")
    func time() {
        var throttle = LoginThrottle()
        for _ in 0..<LoginThrottle.allowance { _ = fail(&throttle) }
        #expect(fail(&throttle, at: 5.9) == 1)
        #expect(fail(&throttle, at: 12) == nil)
        #expect(fail(&throttle, at: 12) != nil)
        #expect(fail(&throttle, at: 1_000) == nil)
    }

    @Test("whoever goes on and on waits for two minutes, not for ever")
    func maximum() {
        var throttle = LoginThrottle()
        var last: Int?
        for _ in 0..<10_000 { last = fail(&throttle) }
        #expect(last == 120)
        #expect(fail(&throttle, at: 126) == nil)
    }

    @Test("an attempt that was no guess costs nothing")
    func forgiveness() {
        var throttle = LoginThrottle()
        for _ in 0..<1_000 {
            let attempt = throttle.begin("a", at: start)
            #expect(attempt.retryAfter == nil)
            throttle.forgive(attempt, at: start)
        }
        #expect(throttle.sources == 0)
    }

    @Test("many at once count like one after the other")
    func atOnce() {
        var throttle = LoginThrottle()
        let attempts = (0..<100).map { _ in throttle.begin("a", at: start) }
        #expect(attempts.count { $0.retryAfter == nil } == LoginThrottle.allowance)
        // A good one among them gets in whatever it was charged, and pays nothing for the others.
        throttle.forgive(attempts[99], at: start)
        #expect(fail(&throttle) != nil)
    }

    @Test("memory is bounded, and more sources than are told apart get no more than one would")
    func memory() {
        var throttle = LoginThrottle()
        for number in 0..<(LoginThrottle.maximumSources + 5_000) { _ = fail(&throttle, "\(number)") }
        #expect(throttle.sources == LoginThrottle.maximumSources)
        #expect(fail(&throttle, "a newcomer") != nil)
        #expect(fail(&throttle, "0") == nil, "who was there before is not charged for them")
        // Those that owe nothing any more make room.
        #expect(fail(&throttle, "later", at: 1_000) == nil)
        #expect(throttle.sources < 10)
    }

    @Test("one that was swept away while it was under way is not in the way")
    func swept() {
        var throttle = LoginThrottle()
        let attempt = throttle.begin("a", at: start)
        for number in 0..<(LoginThrottle.maximumSources + 1) { _ = fail(&throttle, "\(number)", at: 1_000) }
        throttle.forgive(attempt, at: start + .seconds(1_000))
        #expect(throttle.sources <= LoginThrottle.maximumSources)
    }

    @Test(
        "a source is an address, a network of IPv6, or a user of this machine",
        arguments: [
            (RequestOrigin(address: "192.0.2.7"), "192.0.2.7"), (RequestOrigin(address: "unix", uid: 1000), "uid 1000"),
            (RequestOrigin(address: "2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64"),
            (RequestOrigin(address: "2001:DB8:1:2::6"), "2001:db8:1:2::/64"),
            (RequestOrigin(address: "2001:db8::6"), "2001:db8:0:0::/64"),
            (RequestOrigin(address: "::1"), "0:0:0:0::/64"),
            (RequestOrigin(address: "2001:db8:1:2:3:4:5:7"), "2001:db8:1:2::/64"),
        ]
    )
    func sources(origin: RequestOrigin, source: String) {
        #expect(LoginGate.source(of: origin) == source)
    }
}
