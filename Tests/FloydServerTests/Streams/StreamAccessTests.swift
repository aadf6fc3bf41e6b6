import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import Testing

@testable import FloydServer

@Suite("Who follows a stream")
struct StreamAccessTests {
    private let clock = TestInstant()

    private func access(_ refusal: FloydError.Code?) -> StreamAccess {
        StreamAccess(now: { [clock] in clock.now }) {
            if let refusal { throw FloydError(refusal, "no") }
        }
    }

    @Test("is looked at again every half minute, and not before")
    func interval() async throws {
        var access = access(.unauthenticated)
        clock.advance(.seconds(29))
        #expect(try await access.stands())
        clock.advance(.seconds(1))
        #expect(try await !access.stands())
    }

    @Test(
        "is sent away for what is about access alone",
        arguments: [FloydError.Code.unauthenticated, .jobNotFound, .notFound]
    )
    func refusals(code: FloydError.Code) async throws {
        var access = access(code)
        clock.advance(.seconds(60))
        #expect(try await !access.stands())
        var broken = self.access(.unavailable)
        clock.advance(.seconds(60))
        await #expect(throws: FloydError.self) { try await broken.stands() }
        var good = self.access(nil)
        clock.advance(.seconds(60))
        #expect(try await good.stands())
    }

    @Test("is told a last word, in the log of a job and among the moves of all")
    func streams() async throws {
        let output = FakeOutput { [clock] _ in
            clock.advance(.seconds(15))
            return false
        }
        try await LogEventStream(
            reader: FakeLogReader([[.job(.test())]]),
            channels: LogChannels(),
            follow: true,
            heartbeat: .seconds(15),
            access: access(.jobNotFound)
        ).run(writingTo: output)
        #expect(output.sent.hasSuffix(": heartbeat\n\n: heartbeat\n\n: access has ended\n\n"))

        let app = try TestApplication()
        let moves = FakeOutput { [clock] _ in
            clock.advance(.seconds(15))
            return false
        }
        try await MoveEventStream(
            events: app.fake,
            jobs: app.fake,
            last: 0,
            account: .test("alice"),
            heartbeat: .seconds(15),
            access: access(.unauthenticated)
        ).run(writingTo: moves)
        #expect(moves.sent.hasSuffix(": heartbeat\n\n: access has ended\n\n"))
    }
}
