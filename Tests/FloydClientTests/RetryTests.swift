import FloydAPI
import FloydModel
import FoundationEssentials
import Testing

@testable import FloydClient

@Suite struct RetryTests {
    private static let unavailable = FloydError(.unavailable, "the database is busy")

    private func decide(
        _ failure: TransportFailure,
        repeatable: Bool,
        failures: Int = 1,
        elapsed: Duration = .zero,
        jitter: Double = 0
    ) -> RetryDecision {
        RetryDecision(
            after: failure,
            isRepeatable: repeatable,
            failures: failures,
            elapsed: elapsed,
            jitter: jitter
        )
    }

    @Test func whatNobodyHeardIsAlwaysSentAgain() {
        for repeatable in [true, false] {
            #expect(decide(.refused("x"), repeatable: repeatable) == .again(after: .milliseconds(50)))
        }
    }

    @Test func whatMayHaveBeenHeardIsSentAgainOnlyIfThatDoesNoHarm() {
        for failure in [TransportFailure.unanswered("x"), .broken("x"), .busy(Self.unavailable, again: .seconds(1))] {
            #expect(decide(failure, repeatable: false) == .giveUp)
            #expect(decide(failure, repeatable: true) != .giveUp)
        }
    }

    @Test func whatAServerThatEndsHasNotDoneIsAlwaysSentAgain() {
        let failure = TransportFailure.busy(
            FloydError(.shuttingDown, "the server is shutting down"),
            again: .seconds(1)
        )
        for repeatable in [true, false] {
            #expect(decide(failure, repeatable: repeatable) == .again(after: .seconds(1)))
            #expect(decide(failure, repeatable: repeatable, elapsed: .seconds(30)) == .giveUp)
        }
    }

    @Test func whatWontPassIsTold() {
        for failure in [TransportFailure.unreachable("no such host"), .local(Self.unavailable), .cancelled] {
            #expect(decide(failure, repeatable: true) == .giveUp)
        }
    }

    @Test(arguments: [(1, 50, 100), (2, 100, 200), (3, 200, 400), (6, 1_000, 2_000), (60, 1_000, 2_000)])
    func waitsGrowToABoundAndAreSpread(failures: Int, least: Int, most: Int) {
        let bounds = [0.0, 0.999_999_9].map { jitter -> Duration in
            guard case .again(let delay) = decide(.refused("x"), repeatable: true, failures: failures, jitter: jitter)
            else { return .zero }
            return delay
        }
        #expect(bounds[0] == .milliseconds(least))
        #expect(bounds[1] <= .milliseconds(most) && bounds[1] > .milliseconds(most - 1))
    }

    @Test func patienceEnds() {
        #expect(decide(.refused("x"), repeatable: true, elapsed: .milliseconds(14_950)) != .giveUp)
        #expect(decide(.refused("x"), repeatable: true, elapsed: .milliseconds(14_951)) == .giveUp)
        // A server that asks for more than is borne is told at once.
        #expect(decide(.busy(Self.unavailable, again: .seconds(300)), repeatable: true) == .giveUp)
        #expect(decide(.busy(Self.unavailable, again: .seconds(30)), repeatable: true) == .again(after: .seconds(30)))
        #expect(
            decide(.busy(Self.unavailable, again: .seconds(1)), repeatable: true, jitter: 0.5)
                == .again(after: .milliseconds(1_050))
        )
    }

    @Test func retryAfterIsSecondsOrADate() {
        let now = Date(timeIntervalSince1970: 784_111_770)
        func parse(_ text: String, date: String? = nil) -> Duration? {
            var fields = ["retry-after": text]
            fields["date"] = date
            return RetryAfter.parse(fields, now: now)
        }
        #expect(parse("120") == .seconds(120))
        #expect(parse("0") == .zero)
        #expect(parse("Sun, 06 Nov 1994 08:49:37 GMT") == .seconds(7))
        #expect(parse("Sun, 06 Nov 1994 08:49:37 GMT", date: "Sun, 06 Nov 1994 08:49:35 GMT") == .seconds(2))
        #expect(parse("Sun, 06 Nov 1994 08:00:00 GMT") == .zero)
        for text in ["", "-1", "+1", "1.5", "soon", "9999999999"] { #expect(parse(text) == nil) }
        #expect(RetryAfter.parse([:], now: now) == nil)
    }

    @Test func aPauseIsGivenUpWithoutASignalThatEndsIt() {
        var asked = 0
        let pause = Pause.sleeping(unless: {
            asked += 1
            return asked > 2
        })
        let began = ContinuousClock.now
        pause(.seconds(3600))
        #expect(asked == 3 && ContinuousClock.now - began < .seconds(60))
        asked = -1000
        pause(.milliseconds(2))
        #expect(asked < 0 && ContinuousClock.now - began >= .milliseconds(2))
    }

    /// A client whose time passes only while it waits.
    private final class World {
        var now = ContinuousClock.now
        var pauses: [Duration] = []
        var notices: [FloydError] = []

        func client(_ transport: ScriptedTransport) -> FloydClient {
            let retry = Retrying(
                pause: {
                    self.pauses.append($0); self.now += $0
                },
                notice: { self.notices.append($0) },
                now: { self.now },
                jitter: { 0 }
            )
            return FloydClient(address: .standard, token: "t", transport: transport, retry: retry)
        }
    }

    private static let account = AccountResponse(id: ObjectID(), name: ResourceNameSample.alice, role: "user")

    @Test func aRestartIsBridged() throws {
        let world = World()
        let busy = ScriptedTransport.Answer.status(503, ["retry-after": "1"], [])
        let transport = ScriptedTransport([
            .failure(.refused("Connection refused")), .failure(.unanswered("reset")), busy, .json(Self.account),
        ])
        #expect(try world.client(transport).account() == Self.account)
        #expect(world.pauses == [.milliseconds(50), .milliseconds(100), .seconds(1)])
        #expect(world.notices.count == 3)
    }

    @Test(arguments: [502, 503, 504])
    func aProxyWithoutServerIsWaitedFor(status: Int) throws {
        let world = World()
        let transport = ScriptedTransport([.status(status, [:], []), .status(status, [:], []), .json(Self.account)])
        #expect(try world.client(transport).account() == Self.account)
        #expect(world.pauses == [.milliseconds(50), .milliseconds(100)])
        // The server may have heard what the proxy has no answer to.
        let other = ScriptedTransport([.status(status, [:], [])])
        let error = #expect(throws: FloydError.self) { try world.client(other).stop(Reference(.number(1))) }
        #expect(error?.code == .unavailable && other.exchanges.count == 1)
    }

    @Test func aServerThatStaysAwayIsToldOf() {
        let world = World()
        let transport = ScriptedTransport { _ in .failure(.refused("Connection refused")) }
        #expect(throws: FloydError.self) { try world.client(transport).account() }
        #expect(world.pauses.reduce(.zero, +) <= RetryDecision.patience && world.pauses.count > 5)
    }

    @Test func whoWasPutOffForLongStillWaitsForTheRestart() throws {
        let world = World()
        let begun = world.now
        let transport = ScriptedTransport { _ in
            switch begun.duration(to: world.now) {
            case ..<(.seconds(20)):
                .status(
                    503,
                    ["retry-after": "1", "content-type": "application/problem+json"],
                    Array(#"{"code":"shutting_down","detail":"it is shutting down"}"#.utf8)
                )
            case ..<(.seconds(25)): .failure(.refused("Connection refused"))
            default: .json(Self.account)
            }
        }
        #expect(try world.client(transport).account() == Self.account)
    }

    @Test func aSubmitKeepsItsKey() throws {
        let world = World()
        let transport = ScriptedTransport([
            .failure(.refused("x")), .broken, .status(503, ["retry-after": "1"], []),
            .problem(FloydError(.conflict, "no")),
        ])
        let request = SubmitJobRequest(project: ResourceNameSample.alice, code: ObjectID(), command: "true")
        #expect(throws: FloydError(.conflict, "no")) { try world.client(transport).submit(request) }
        let keys = transport.exchanges.map { $0.headers["Idempotency-Key"] }
        #expect(keys.count == 4 && Set(keys).count == 1 && keys[0]?.isEmpty == false)
        #expect(Set(transport.exchanges.map(\.body)).count == 1)
        // The next submit is another one.
        let next = ScriptedTransport([.problem(FloydError(.conflict, "no"))])
        _ = try? world.client(next).submit(request)
        #expect(next.exchanges[0].headers["Idempotency-Key"] != keys[0])
    }

    @Test func aTokenIsAskedForWithAKeyAndToldOfWhereItsAnswerWasLost() throws {
        let world = World()
        let done = FloydError(.alreadyDone, "this request made the token ci (X) before", hint: "revoke it")
        let transport = ScriptedTransport([.broken, .problem(done)])
        #expect(throws: done) { try world.client(transport).createToken(CreateTokenRequest(name: "ci")) }
        let keys = transport.exchanges.map { $0.headers["Idempotency-Key"] }
        #expect(keys.count == 2 && Set(keys).count == 1 && keys[0]?.isEmpty == false)
    }

    @Test func whatIsntSafeIsSentOnce() {
        let world = World()
        let transport = ScriptedTransport([.broken])
        #expect(throws: FloydError.self) { try world.client(transport).stop(Reference(.number(1))) }
        #expect(transport.exchanges.count == 1 && world.pauses.isEmpty)
    }

    @Test func aManifestIsSentAgainFromItsBeginning() throws {
        let world = World()
        let transport = ScriptedTransport([.broken, .problem(FloydError(.conflict, "no"))])
        let source = MemorySource(Array(repeating: 7, count: 100_000))
        #expect(throws: FloydError.self) { try world.client(transport).createUpload(manifest: source, length: 100_000) }
        #expect(transport.exchanges.map(\.body.count) == [100_000, 100_000])
    }

    @Test func interruptionEndsItAtOnce() {
        let world = World()
        let transport = ScriptedTransport([.failure(.refused("x")), .failure(.cancelled)])
        #expect(throws: FloydError(.cancelled, "interrupted")) { try world.client(transport).account() }
        #expect(world.pauses.count == 1)
    }
}

private enum ResourceNameSample {
    static let alice: Name = {
        guard let name = try? Name("alice") else { preconditionFailure("not a name") }
        return name
    }()
}
