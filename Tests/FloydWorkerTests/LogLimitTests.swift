import FloydOS
import FloydRun
import Glibc
import Testing

@Suite struct LogLimitTests {
    /// The log as it lies on the disk: its bytes up to the hole, the hole's end, and the bytes behind it.
    private struct Kept {
        var start: [UInt8]
        var tail: Int64
        var end: [UInt8]
        var allocated: Int64

        init(_ path: String) throws {
            let file = try FileDescriptor.open(path, O_RDONLY)
            // linux/fs.h: the next hole, and the next data.
            let hole = lseek(file.raw, 0, 4)
            tail = Int64(lseek(file.raw, hole, 3))
            var status = stat()
            fstat(file.raw, &status)
            allocated = Int64(status.st_blocks) * 512
            func read(_ range: Range<Int64>) throws -> [UInt8] {
                try file.seek(to: range.lowerBound)
                return Array(try file.readAll(limit: 1 << 26).prefix(Int(range.upperBound - range.lowerBound)))
            }
            start = try read(0..<Int64(hole))
            end = try read(tail..<Int64(status.st_size))
        }
    }

    private func number(_ record: LogRecord?) -> Int? {
        record.flatMap { Int(String(decoding: $0.bytes, as: UTF8.self)) }
    }

    @Test(arguments: ["/tmp", "/dev/shm"])
    func startAndEndOfALongLogAreKept(parent: String) throws {
        let fixture = try WorkerFixture("seq 1 300000", .none, in: parent)
        fixture.spec.logLimit = 1 << 20
        let exit = try fixture.finish()
        #expect(exit.outcome == .success)
        #expect(exit.lostOutput == 0)
        let size = try #require(try FileStatus.of(fixture.run.log)).size
        #expect(exit.logLength == size)
        #expect(size > 12 << 20)
        let kept = try Kept(fixture.run.log)
        #expect(kept.allocated <= (1 << 20) + 65_536)
        #expect(kept.start.count == 1 << 19)
        #expect(kept.end.count >= 400_000 && kept.end.count <= 1 << 19)
        let first = LogReader.parse(kept.start).records
        #expect(first.indices.allSatisfy { number(first[$0]) == $0 + 1 })
        // The record that the hole cuts is no whole one.
        let last = LogReader.parse(kept.end).records.filter { !$0.system }.dropFirst()
        #expect(number(last.last) == 300_000)
        #expect(zip(last, last.dropFirst()).allSatisfy { (number($0) ?? 0) + 1 == number($1) })
        #expect(
            try Self.index(fixture.run).allSatisfy { entry in
                guard entry.offset > kept.tail else { return true }
                let at = Int(entry.offset - kept.tail)
                return number(LogReader.parse(kept.end[at...]).records.first) == Int(entry.line) + 1
            }
        )
    }

    private static func index(_ run: RunDirectory) throws -> [LogIndexEntry] {
        let bytes = try #require(try DurableFile.read(run.logIndex))
        let entries = bytes.withUnsafeBytes { LogIndexEntry.trusted($0, logLength: .max) }
        #expect(entries.count == bytes.count / LogIndexEntry.size && entries.count > 150)
        return entries
    }

    @Test func aSaneLogIsKeptWholeAndAShortOneHasNoIndex() throws {
        let fixture = try WorkerFixture("seq 1 1000", .none)
        fixture.spec.logLimit = 1 << 20
        let exit = try fixture.finish()
        #expect(try fixture.text() == (1...1000).map { "\($0)\n" }.joined())
        #expect(exit.logLength == (try FileStatus.of(fixture.run.log))?.size)
        #expect(try FileStatus.of(fixture.run.logIndex) == nil)
    }

    @Test func indexSpeaksOfTheWholeLogWithoutALimit() throws {
        let fixture = try WorkerFixture("seq 1 250000", .none)
        _ = try fixture.finish()
        let log = try #require(try DurableFile.read(fixture.run.log, limit: 1 << 26))
        let entries = try Self.index(fixture.run)
        for entry in entries {
            let end = log[Int(entry.offset)...].firstIndex(of: 10) ?? log.endIndex
            #expect(number(LogReader.record(log[Int(entry.offset)..<end])) == Int(entry.line) + 1)
            #expect(Int(entry.offset) == 0 || log[Int(entry.offset) - 1] == 10)
        }
    }

    /// Neither a line without an end nor many lines at once make the worker grow.
    @Test(arguments: ["head -c 150000000 /dev/zero | tr '\\0' x", "head -c 3000000 /dev/zero | tr '\\0' '\\n'"])
    func memoryStaysSmall(command: String) throws {
        let fixture = try WorkerFixture("\(command); echo; echo done; sleep 60", .none)
        fixture.spec.logLimit = 1 << 20
        let worker = try fixture.start()
        #expect(try eventually { try FileStatus.of(fixture.run.log).map { $0.size > 120_000_000 } == true })
        #expect(try Self.peak(of: worker) < 16 << 20)
        kill(worker, SIGTERM)
        fixture.wait(for: worker)
        #expect(try fixture.exit().outcome == .shutdown)
    }

    /// The most memory that the process had, its program's own pages included, in bytes.
    static func peak(of pid: pid_t) throws -> Int64 {
        let bytes = try #require(try DurableFile.read("/proc/\(pid)/status"))
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let words = try #require(line).split(whereSeparator: { $0 == " " || $0 == "\t" })
        return (Int64(words[1]) ?? 0) * 1024
    }
}
