import FloydOS
import FloydRun
import Testing

@testable import FloydWorker

@Suite struct StageCourseTests {
    private static let usage = ExitRecord.Usage(userTime: 0, systemTime: 0, maximumMemory: 1)

    private func course(maximumRuntime: Int? = nil) -> StageCourse {
        let entry = StageEntry(namespaced: true, identity: nil, folder: "/", arguments: [], environment: [])
        return StageCourse(StagePlan(entry: entry, maximumRuntime: maximumRuntime, gracePeriod: 5))
    }

    private func verdict(_ course: StageCourse) -> ExitRecord.Outcome {
        Verdict(course.end, plan: course.plan).outcome
    }

    @Test func commandThatEndedBeforeTheStopKeepsItsOutcome() {
        var course = course()
        course.take(.started, at: 10)
        #expect(course.beginStop(.requested, at: 20) == true)
        course.take(.ended(.exited(code: 0), afterStop: false), at: 30)
        course.firstProcessEnded(Self.usage, at: 40)
        #expect(verdict(course) == .success)
        #expect(course.end.duration == 20)
    }

    @Test func commandThatEndedAfterTheStopWasStopped() {
        var course = course()
        course.take(.started, at: 10)
        #expect(course.beginStop(.requested, at: 20) == true)
        #expect(course.beginStop(.timeout, at: 21) == false)
        course.take(.ended(.exited(code: 0), afterStop: true), at: 30)
        #expect(verdict(course) == .shutdown)
    }

    @Test func nothingIsStoppedThatHasEnded() {
        var course = course(maximumRuntime: 1)
        course.take(.started, at: 0)
        course.take(.ended(.signalled(11), afterStop: false), at: 5)
        #expect(course.beginStop(.requested, at: 6) == false)
        #expect(!course.isOverdue(at: 2_000_000_000))
        #expect(verdict(course) == .failed)
    }

    @Test func limitsAreDueInTheirOrder() {
        var course = course(maximumRuntime: 2)
        #expect(course.nextDeadline == nil)
        course.take(.started, at: 1_000_000_000)
        #expect(course.nextDeadline == 3_000_000_000)
        #expect(!course.isOverdue(at: 2_999_999_999))
        #expect(course.isOverdue(at: 3_000_000_000))
        #expect(course.beginStop(.timeout, at: 3_000_000_000) == true)
        #expect(course.nextDeadline == 8_000_000_000)
        #expect(!course.mustKill(at: 7_999_999_999))
        #expect(course.mustKill(at: 8_000_000_000))
        course.killWasSent()
        #expect(course.nextDeadline == nil)
        course.firstProcessEnded(Self.usage, at: 9_000_000_000)
        #expect(course.end.termination == .signalled(9))
        #expect(verdict(course) == .timeout)
    }

    @Test func sandboxThatEndsEarlySaysWhy() {
        var course = course()
        Array("bwrap: first\nbwrap: no such thing\n".utf8).withUnsafeBytes { course.remember($0) }
        course.firstProcessEnded(Self.usage, at: 1)
        #expect(course.end.refusal == "bwrap: no such thing")
        #expect(verdict(course) == .failed)
    }

    @Test func stopBeforeTheStartIsAShutdown() {
        var course = course()
        #expect(course.beginStop(.requested, at: 1) == true)
        course.killWasSent()
        course.firstProcessEnded(Self.usage, at: 2)
        #expect(verdict(course) == .shutdown)
        #expect(course.end.termination == nil)
    }

    @Test func reportsComeBackAsTheyWereAlsoInPieces() {
        var course = course()
        let reports: [StageReport] = [
            .started, .refused("chdir /x: No such file"), .ended(.exited(code: 7), afterStop: true),
            .ended(.signalled(9), afterStop: false),
        ]
        let bytes = Array(reports.map(\.line).joined().utf8)
        #expect(bytes.flatMap { course.reports(in: [$0]) } == reports)
        #expect(StageReport("exited x y") == nil)
        #expect(StageReport("") == nil)
    }

    @Test func entryComesBackAsItWas() throws {
        let entry = StageEntry(
            namespaced: true,
            identity: .init(uid: 5, gid: 6),
            folder: "/floyd/home",
            arguments: ["/bin/bash", "-c", "a\nb"],
            environment: ["A=1\n2"]
        )
        #expect(try StageEntry(decoding: entry.encoded()) == entry)
    }
}
