import FloydModel
import HTTPTypes
import Testing

@testable import FloydServer

struct NotFoundBeatTests {
    @Test(arguments: [(0, 2_000), (1, 2_000), (1_999, 2_000), (2_000, 4_000), (2_001, 4_000), (9_000, 10_000)])
    func theNextBeatIsBehindWhateverWasDone(_ elapsed: Int, _ beat: Int) {
        let begin = ContinuousClock.now
        let next = NotFoundBeat.next(after: begin + .microseconds(elapsed), since: begin)
        #expect(next == begin + .microseconds(beat))
    }

    /// How often an answer waited.
    private func waits(
        _ path: String,
        token: String? = "alice-token",
        failure: FloydError? = nil
    ) async throws -> (status: Int, waits: Int) {
        let count = Counter()
        let app = try TestApplication(notFound: NotFoundBeat(sleep: { _ in count.add(1) }))
        if let failure { app.fake.set { $0.failure = failure } }
        let status = await app.send(.get, path, token: token).status
        return (status, count.value)
    }

    @Test func whatMayBeSomebodyElsesWaits() async throws {
        let failure = FloydError(.jobNotFound, "there is no job x")
        #expect(try await waits("/api/v1/jobs/x/output", failure: failure) == (404, 1))
        #expect(try await waits("/jobs/x", failure: failure) == (404, 1))
    }

    @Test func whatIsThereAndWhatHidesNothingIsAnsweredAtOnce() async throws {
        #expect(try await waits("/api/v1/account") == (200, 0))
        #expect(try await waits("/api/v1/account", token: nil) == (401, 0))
        #expect(try await waits("/api/v1/nothing") == (404, 0))
        #expect(try await waits("/api/v1/jobs/x", failure: FloydError(.unavailable, "no")) == (503, 0))
    }

    @Test func aTaskThatIsCancelledWaitsForNothing() async {
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            await NotFoundBeat().wait(since: .now + .seconds(3_600))
        }
        task.cancel()
        await task.value
    }
}
