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
        #expect(course.beginStop(.requested, killAt: 5_000_000_020, at: 20) == true)
        course.take(.ended(.exited(code: 0), afterStop: false), at: 30)
        course.firstProcessEnded(Self.usage, at: 40)
        #expect(verdict(course) == .success)
        #expect(course.end.duration == 20)
    }

    @Test func commandThatEndedAfterTheStopWasStopped() {
        var course = course()
        course.take(.started, at: 10)
        #expect(course.beginStop(.requested, killAt: 5_000_000_020, at: 20) == true)
        #expect(course.beginStop(.timeout, killAt: 5_000_000_021, at: 21) == false)
        course.take(.ended(.exited(code: 0), afterStop: true), at: 30)
        #expect(verdict(course) == .shutdown)
    }

    @Test func nothingIsStoppedThatHasEnded() {
        var course = course(maximumRuntime: 1)
        course.take(.started, at: 0)
        course.take(.ended(.signalled(11), afterStop: false), at: 5)
        #expect(course.beginStop(.requested, killAt: 5_000_000_006, at: 6) == false)
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
        #expect(course.beginStop(.timeout, killAt: 8_000_000_000, at: 3_000_000_000) == true)
        #expect(course.nextDeadline == 8_000_000_000)
        #expect(!course.mustKill(at: 7_999_999_999))
        #expect(course.mustKill(at: 8_000_000_000))
        course.killWasSent(at: 8_000_000_000)
        #expect(course.end.grace == 5)
        #expect(course.nextDeadline == nil)
        course.firstProcessEnded(Self.usage, at: 9_000_000_000)
        #expect(course.end.termination == .signalled(9))
        #expect(verdict(course) == .timeout)
    }

    @Test func laterStopShortensWhatRemainsAndNeverLengthens() {
        var course = course()
        course.take(.started, at: 0)
        #expect(course.beginStop(.requested, killAt: 10, at: 1) == true)
        #expect(course.beginStop(.requested, killAt: 20, at: 2) == false)
        #expect(course.nextDeadline == 10)
        #expect(course.beginStop(.requested, killAt: 5, at: 3) == false)
        #expect(course.nextDeadline == 5)
        // A job that hits a limit while it should end does not get the rest of its time.
        let hit = LimitHit.processes(limit: 1)
        #expect(course.beginStop(.limit(hit), killAt: 4, at: 4) == false)
        #expect(course.mustKill(at: 4))
        course.killWasSent(at: 4)
        course.firstProcessEnded(Self.usage, at: 4)
        #expect(verdict(course) == .shutdown)
    }

    @Test func limitThatWasHitIsTheReason() {
        var course = course()
        course.take(.started, at: 0)
        let hit = LimitHit.memory(used: 9, limit: 8, largest: nil)
        #expect(course.beginStop(.limit(hit), killAt: 1, at: 1) == true)
        course.killWasSent(at: 1)
        course.firstProcessEnded(Self.usage, at: 2)
        let verdict = Verdict(course.end, plan: course.plan)
        #expect(verdict.outcome == .failed)
        #expect(verdict.limit == .memory)
        #expect(verdict.reason == hit.reason)
    }

    @Test func limitThatWasSeenAtTheEndComesBeforeTheCode() {
        var end = StageEnd()
        end.termination = .exited(code: 1)
        end.hit = .processes(limit: 7)
        let plan = course().plan
        #expect(
            Verdict(end, plan: plan).reason
                == "too many processes: its limit of 7 was reached; the command exited with code 1"
        )
        end.termination = .exited(code: 0)
        end.hit = .memory(used: 8 << 30, limit: 8 << 30, largest: .init(name: "python", memory: 7 << 30))
        #expect(
            Verdict(end, plan: plan).reason == "out of memory: 8 of 8 GiB, largest process python 7 GiB"
        )
        #expect(Verdict(end, plan: plan).outcome == .failed)
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
        #expect(course.beginStop(.requested, killAt: 5_000_000_001, at: 1) == true)
        course.killWasSent(at: 1)
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
            environment: ["A=1\n2"],
            limits: .init(openFiles: 10, fileSize: 1 << 40, processes: 7, niceness: 10)
        )
        #expect(try StageEntry(decoding: entry.encoded()) == entry)
    }
}
