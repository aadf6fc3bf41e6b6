import FloydOS
import FloydRun
import Testing

@testable import FloydWorker

@Suite struct MemoryCourseTests {
    private static let limits = RunSpec.Limits(memory: 8 << 30, processes: 100)

    private func course(_ limits: RunSpec.Limits = limits, kept: Bool) -> MemoryCourse {
        MemoryCourse(limits, memoryIsKept: kept, processesAreKept: kept, at: 0)
    }

    @Test func nothingToWatchIsNotWatched() {
        #expect(course(RunSpec.Limits(), kept: false).nextLook == nil)
        #expect(course(RunSpec.Limits(processes: 5), kept: true).nextLook == nil)
        #expect(course(RunSpec.Limits(processes: 5), kept: false).nextLook == MemoryCourse.shortest)
        #expect(course(RunSpec.Limits(memory: 5), kept: true).nextLook == MemoryCourse.shortest)
    }

    @Test func looksAreRareWhereTheKernelKeepsTheLimitAndDearOnesRarer() {
        var course = course(kept: true)
        #expect(course.take(MemorySample(used: 1 << 30), at: 10_000_000_000) == nil)
        #expect(course.nextLook == 10_000_000_000 + MemoryCourse.longest)
        // 2 GiB more within a second: half of the time until the other 5 GiB are gone too, but no more than a second.
        #expect(course.take(MemorySample(used: 3 << 30), at: 11_000_000_000) == nil)
        #expect(course.nextLook == 11_000_000_000 + MemoryCourse.longest)
        #expect(course.take(MemorySample(used: 7 << 29), at: 11_100_000_000) == nil)
        #expect(course.nextLook.map { (11_549_999_000...11_550_001_000).contains($0) } == true)
        #expect(course.take(MemorySample(used: 5 << 30), at: 0) == nil)
        #expect(course.nextLook == MemoryCourse.shortest)
        #expect(course.take(MemorySample(used: 5 << 30, cost: 1_000_000_000), at: 7) == nil)
        #expect(course.nextLook == 20_000_000_007)
        #expect(!course.isDue(at: 20_000_000_006))
        #expect(course.isDue(at: 20_000_000_007))
    }

    @Test func watchEndsWhoHasTooMuch() {
        var course = course(kept: false)
        #expect(course.take(MemorySample(used: 8 << 30, processes: 100), at: 0) == nil)
        let largest = LimitHit.LargestProcess(name: "python", memory: 8_482_560_410)
        let memory = course.take(MemorySample(used: 8_697_308_774, largest: largest), at: 0)
        #expect(memory?.reason == "out of memory: 8.1 of 8 GiB, largest process python 7.9 GiB")
        #expect(memory?.limit == .memory)
        let processes = course.take(MemorySample(used: 0, processes: 101), at: 0)
        #expect(processes?.reason == "too many processes: its limit of 100 was reached")
    }

    @Test func kernelsKillIsTheSameWithTheLargestThatWasSeen() {
        var course = course(kept: true)
        let largest = LimitHit.LargestProcess(name: "python", memory: 7 << 30)
        #expect(course.take(MemorySample(used: 7 << 30, largest: largest, kills: 0), at: 0) == nil)
        let after = LimitHit.LargestProcess(name: "bash", memory: 1 << 20)
        let hit = course.take(MemorySample(used: 1 << 20, peak: 8 << 30, largest: after, kills: 1), at: 0)
        #expect(hit?.reason == "out of memory: 8 of 8 GiB, largest process python 7 GiB")
    }

    @Test func machineWithoutMemoryIsNotTheJobsLimit() {
        var course = course(kept: true)
        let hit = course.take(MemorySample(used: 1 << 30, peak: 3 << 30, kills: 1), at: 0)
        #expect(hit?.reason == "out of memory: the machine had none left when the job used 3 GiB")
    }

    @Test(arguments: [
        (ExitRecord.Termination.signalled(9), Int64(1), true), (.exited(code: 137), 1, true),
        (.exited(code: 1), 1, false), (.signalled(9), 0, false), (.signalled(15), 3, false),
    ])
    func withoutAGroupTheMachinesCountIsAHint(termination: ExitRecord.Termination, kills: Int64, isHit: Bool) {
        var course = course(kept: false)
        var end = StageEnd()
        end.termination = termination
        end.usage = .init(userTime: 0, systemTime: 0, maximumMemory: 2 << 30)
        let hit = course.end(end, nil, machineKills: kills)
        #expect(hit?.reason == (isHit ? "out of memory: the machine had none left when the job used 2 GiB" : nil))
        // Whoever is killed for another reason says so.
        end.cause = .requested
        #expect(course.end(end, nil, machineKills: kills) == nil)
    }
}

@Suite struct RefusalCourseTests {
    private func course(_ limits: RunSpec.Limits, counted: Bool = false) -> RefusalCourse {
        RefusalCourse(limits, processesAreCounted: counted, at: 0)
    }

    private func sample(_ processes: Int?, _ openFiles: Int) -> RefusalSample {
        RefusalSample(processes: processes, fullest: .init(name: "python", openFiles: openFiles))
    }

    @Test func onlyWhatIsLimitedAndNotToldOtherwiseIsWatched() {
        #expect(course(RunSpec.Limits(memory: 1)).nextLook == nil)
        #expect(course(RunSpec.Limits(processes: 5), counted: true).nextLook == nil)
        #expect(course(RunSpec.Limits(processes: 5)).nextLook != nil)
        #expect(course(RunSpec.Limits(openFiles: 5), counted: true).nextLook != nil)
    }

    @Test func whoStoodAtTheLimitIsRemembered() {
        var course = course(RunSpec.Limits(processes: 20, openFiles: 1024))
        course.take(sample(19, 1023), at: 0)
        #expect(course.hit == nil)
        course.take(sample(1, 1024), at: 0)
        course.take(sample(1, 3), at: 0)
        #expect(course.hit?.reason == "too many open files: python reached its limit of 1024")
        #expect(course.hit?.limit == nil)
        course.take(sample(20, 3), at: 0)
        #expect(course.hit == .processes(limit: 20))
    }

    @Test func dearLooksAreRare() {
        var course = course(RunSpec.Limits(openFiles: 1024))
        course.take(RefusalSample(), at: 1000)
        #expect(course.nextLook == 250_001_000)
        course.take(RefusalSample(cost: 100_000_000), at: 1000)
        #expect(course.nextLook == 5_000_001_000)
        #expect(!course.isDue(at: 5_000_000_999))
        #expect(course.isDue(at: 5_000_001_000))
    }
}

@Suite struct DiskCourseTests {
    private static let second: Int64 = 1_000_000_000

    private func course() -> DiskCourse {
        DiskCourse(limit: 10 << 30, places: ["/floyd/home", "/output", "/tmp"], at: 0)
    }

    @Test func walkIsDueWhenTheLimitCouldHaveBeenReached() {
        var course = course()
        #expect(course.mustWalk(free: 100 << 30, at: 1) == true)
        #expect(course.walked(4 << 30, free: 100 << 30, duration: 0, at: 1) == nil)
        #expect(course.mustWalk(free: 95 << 30, at: 2) == false)
        #expect(course.mustWalk(free: 200 << 30, at: 3) == false)
        #expect(course.mustWalk(free: 93 << 30, at: 4) == true)
    }

    @Test func walkIsDueFromTimeToTime() {
        var course = course()
        #expect(course.walked(0, free: 1, duration: 0, at: 0) == nil)
        #expect(course.mustWalk(free: 1, at: DiskCourse.longest - 1) == false)
        #expect(course.mustWalk(free: 1, at: DiskCourse.longest) == true)
        #expect(!course.isDue(at: DiskCourse.longest))
    }

    @Test func longWalkIsFollowedByALongPause() {
        var course = course()
        #expect(course.walked(0, free: 100 << 30, duration: 3 * Self.second, at: 0) == nil)
        #expect(course.mustWalk(free: 0, at: 59 * Self.second) == false)
        #expect(course.mustWalk(free: 0, at: 60 * Self.second) == true)
    }

    @Test func theEndIsMeasuredIfItMayExplainAFailureOrTheLimitCouldHaveBeenReached() {
        var course = DiskCourse(limit: 10 << 30, places: [], free: 100 << 30, at: 0)
        #expect(course.mustWalkAtEnd(failed: true, free: 100 << 30))
        #expect(!course.mustWalkAtEnd(failed: false, free: 90 << 30))
        #expect(course.mustWalkAtEnd(failed: false, free: 89 << 30))
        #expect(!course.mustWalkAtEnd(failed: false, free: nil))
        #expect(!DiskCourse(limit: 1, places: [], at: 0).mustWalkAtEnd(failed: false, free: 0))
        #expect(course.walked(4 << 30, free: 80 << 30, duration: 0, at: 1) == nil)
        #expect(!course.mustWalkAtEnd(failed: false, free: 74 << 30))
        #expect(course.mustWalkAtEnd(failed: false, free: 73 << 30))
    }

    @Test func aFileThatEndsAtTheLimitExplainsAFailureAlone() {
        let course = course()
        #expect(course.walkedAtEnd(10 << 30, longestFile: 10 << 30, failed: true) == .file(limit: 10 << 30))
        #expect(course.walkedAtEnd(10 << 30, longestFile: 10 << 30, failed: false) == nil)
        #expect(course.walkedAtEnd(10 << 30, longestFile: 11 << 30, failed: true) == nil)
        #expect(course.walkedAtEnd(11 << 30, longestFile: 1, failed: false)?.limit == .disk)
    }

    @Test func tooMuchIsSaidWithItsPlaces() {
        var course = course()
        let hit = course.walked(10_952_166_605, free: 0, duration: 0, at: 0)
        #expect(hit?.reason == "disk is full: 10.2 of 10 GiB in /floyd/home, /output and /tmp")
        #expect(hit?.limit == .disk)
    }
}

@Suite struct LimitPlanTests {
    @Test func firstProcessSetsWhatNoGroupKeeps() {
        var plan = LimitPlan(limits: .init(memory: 1, processes: 100, openFiles: 50, disk: 7))
        plan.othersProcesses = 30
        #expect(plan.resourceLimits == .init(openFiles: 50, fileSize: nil, processes: 130, niceness: 10))
        plan.folders = ["/x"]
        plan.hasUserNamespace = true
        #expect(plan.resourceLimits == .init(openFiles: 50, fileSize: 7, processes: 100, niceness: 10))
        plan.group = .init(
            .init(hierarchies: [.init(version: 2, controllers: [.cpu, .memory, .pids], folder: "/x")]),
            name: "a"
        )
        #expect(plan.resourceLimits == .init(openFiles: 50, fileSize: 7))
    }

    @Test(arguments: [
        (Int64(0), "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KiB"), (1 << 20, "1 MiB"), (8_482_560_410, "7.9 GiB"),
        (1 << 40, "1 TiB"),
    ])
    func amountsAreReadable(bytes: Int64, text: String) {
        #expect(Amount.text(bytes) == text)
    }

    @Test func stopWishesShortenAlone() {
        var wish = StopWish()
        #expect(wish.deadline == nil)
        wish.take(30, at: 1_000_000_000)
        #expect(wish.deadline == 31_000_000_000)
        wish.take(30, at: 2_000_000_000)
        #expect(wish.deadline == 31_000_000_000)
        wish.take(5, at: 3_000_000_000)
        #expect(wish.deadline == 8_000_000_000)
    }
}
