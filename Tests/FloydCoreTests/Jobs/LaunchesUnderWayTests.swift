import FloydModel
import FloydRun
import Testing

@testable import FloydCore

@Suite struct LaunchesUnderWayTests {
    private let clock = TestClock()
    private let attempt = AttemptID(job: ObjectID(), number: 1)

    @Test func aLaunchIsKnownUntilItsWorkerHadItsTime() {
        let launches = LaunchesUnderWay(now: clock.now)
        #expect(!launches.contains(attempt))
        launches.begin(attempt)
        clock.advance(by: .seconds(3_600))
        #expect(launches.contains(attempt))
        launches.end(attempt)
        clock.advance(by: .seconds(4))
        #expect(launches.contains(attempt))
        clock.advance(by: .seconds(1))
        #expect(!launches.contains(attempt))
    }

    @Test func anotherAttemptIsAnother() {
        let launches = LaunchesUnderWay(now: clock.now)
        let next = AttemptID(job: attempt.job, number: 2)
        launches.begin(next)
        launches.end(attempt)
        clock.advance(by: .seconds(60))
        #expect(!launches.contains(attempt))
        #expect(launches.contains(next))
    }

    @Test func forgetsAtOnceWhatCameToNothing() {
        let launches = LaunchesUnderWay(now: clock.now)
        launches.begin(attempt)
        launches.forget(attempt)
        #expect(!launches.contains(attempt))
    }

    @Test func keepsNoMoreThanTheRecentOnes() {
        let launches = LaunchesUnderWay(now: clock.now)
        for number in 1...1_000 {
            let attempt = AttemptID(job: attempt.job, number: number)
            launches.begin(attempt)
            launches.end(attempt)
            clock.advance(by: .seconds(1))
        }
        #expect(launches.count <= 6)
    }
}

@Suite struct AttemptIDTests {
    @Test func isReadFromTheRunDirectory() throws {
        let job = ObjectID()
        #expect(
            AttemptID(RunDirectory(in: "/data/runs", jobID: job.string, attempt: 12)) == AttemptID(job: job, number: 12)
        )
        #expect(AttemptID(RunDirectory("/data/runs/\(job)/x")) == nil)
        #expect(AttemptID(RunDirectory("/data/runs/short/1")) == nil)
        #expect(AttemptID(RunDirectory("/1")) == nil)
    }
}
