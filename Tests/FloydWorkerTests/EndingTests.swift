import FloydOS
import FloydRun
import Glibc
import Testing

@Suite(.serialized) struct EndingTests {
    @Test(.enabled(if: SmallDisk.isPossible))
    func jobWaitsForAFullDiskAndLosesNothing() throws {
        let disk = try SmallDisk(mebibytes: 2)
        let fixture = try WorkerFixture("seq 1 60000; exit 3", .none, in: disk.path)
        let worker = try fixture.start()
        try disk.fill(after: fixture)
        try Self.waitUntilHeld(worker)
        let before = try Self.ticks(of: worker)
        usleep(500_000)
        #expect(try Self.ticks(of: worker) - before <= 3)
        #expect(try LogLimitTests.peak(of: worker) < 14 << 20)
        #expect(try FileStatus.of(fixture.run.exit) == nil)
        try disk.resize(mebibytes: 64)
        #expect(fixture.wait(for: worker) == .exited(code: 0))
        #expect(try fixture.exit().termination == .exited(code: 3))
        #expect(try fixture.exit().lostOutput == 0)
        #expect(try fixture.text() == (1...60_000).map { "\($0)\n" }.joined())
        let log = try #require(try DurableFile.read(fixture.run.log, limit: 1 << 26))
        #expect(LogReader.parse(log).malformed == 0)
    }

    /// Waits until all that is between the job and the disk is full: the worker takes nothing more from the job.
    private static func waitUntilHeld(_ worker: pid_t) throws {
        func taken() throws -> [UInt8] {
            let counts = try #require(try DurableFile.read("/proc/\(worker)/io"))
            return Array(try #require(counts.split(separator: 10).first { $0.starts(with: Array("rchar:".utf8)) }))
        }
        let isHeld = try eventually {
            let before = try taken()
            usleep(50_000)
            return try taken() == before
        }
        try #require(isHeld, "the worker still reads what the job says")
    }

    /// Clock ticks of processor time that the process used.
    private static func ticks(of pid: pid_t) throws -> Int {
        let bytes = try #require(try DurableFile.read("/proc/\(pid)/stat"))
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
        return (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)
    }

    @Test(.enabled(if: SmallDisk.isPossible))
    func endIsRecordedOnADiskThatStaysFull() throws {
        let disk = try SmallDisk(mebibytes: 2)
        let fixture = try WorkerFixture("echo ready; sleep 60", .none, in: disk.path)
        let worker = try fixture.start()
        try fixture.waitFor("ready")
        try disk.fill(after: fixture)
        kill(worker, SIGTERM)
        #expect(fixture.wait(for: worker) == .exited(code: 0))
        #expect(try fixture.exit().outcome == .shutdown)
        #expect(try FileStatus.of(fixture.run.exit + ".tmp") == nil)
    }

    @Test(.enabled(if: SmallDisk.isPossible))
    func stopGivesUpWhatTheDiskWillNotHave() throws {
        let disk = try SmallDisk(mebibytes: 2)
        let fixture = try WorkerFixture("seq 1 200000", .none, in: disk.path)
        let worker = try fixture.start()
        try fixture.waitFor("1")
        try disk.fill(after: fixture)
        try Self.waitUntilHeld(worker)
        kill(worker, SIGTERM)
        #expect(fixture.wait(for: worker) == .exited(code: 0))
        let exit = try fixture.exit()
        #expect(exit.outcome == .shutdown)
        #expect(exit.lostOutput > 0)
        let log = try #require(try DurableFile.read(fixture.run.log, limit: 1 << 26))
        #expect(exit.logLength == Int64(log.count))
        #expect(log.last == 10)
        let records = LogReader.parse(log).records
        #expect(records.indices.allSatisfy { Int(String(decoding: records[$0].bytes, as: UTF8.self)) == $0 + 1 })
    }

    @Test(arguments: Setup.possible.filter { $0 != .sandboxByUser })
    func workerOfAVanishedRunDirectoryEnds(setup: Setup) throws {
        let fixture = try WorkerFixture("echo ready; sleep 1; echo more", setup)
        let worker = try fixture.start()
        try fixture.waitFor("ready")
        // The worker may just be making a file in it.
        #expect(eventually { (try? Folder.removeTree(fixture.run.path)) != nil })
        #expect(fixture.wait(for: worker) == .exited(code: 66))
        #expect(try FileStatus.of(fixture.run.path) == nil)
    }

    /// What is never going to be written doesn't hold the job up, and is counted.
    @Test func fileThatMayNotGrowIsNoObstacle() throws {
        let fixture = try WorkerFixture("seq 1 100000; echo end >&2", .none)
        let worker = try fixture.start(prefix: ["/usr/bin/prlimit", "--fsize=1000000"])
        #expect(fixture.wait(for: worker) == .exited(code: 0))
        let exit = try fixture.exit()
        #expect(exit.outcome == .success)
        #expect(exit.lostOutput > 3_000_000)
        let log = try #require(try DurableFile.read(fixture.run.log, limit: 1 << 26))
        #expect(exit.logLength == Int64(log.count) && log.count <= 1_000_000)
        #expect(LogReader.parse(log).malformed == 0)
        #expect(LogReader.parse(log).consumed == log.count)
    }

    @Test func leftoverOfAnEarlierWriteIsReplaced() throws {
        let fixture = try WorkerFixture("true", .none)
        try DurableFile.write([UInt8](repeating: 0x78, count: 9000), to: fixture.run.exit + ".tmp")
        let exit = try fixture.finish()
        #expect(exit.outcome == .success)
        #expect(try FileStatus.of(fixture.run.exit + ".tmp") == nil)
    }
}

extension SmallDisk {
    /// Takes all the space that is left once the worker has its record's place.
    fileprivate func fill(after fixture: WorkerFixture) throws {
        try #require(try eventually { try FileStatus.of(fixture.run.started) != nil })
        try fill()
    }
}
