import FloydOS
import Glibc
import Testing

@testable import FloydWorker

@Suite struct LogRetentionTests {
    @Test func withoutALimitAllIsKept() {
        #expect(LogRetention(limit: nil) == nil)
        #expect(LogRetention(limit: 0) == nil)
    }

    @Test(arguments: [1 << 20, (1 << 20) + 12_345, 64 << 20, 1 << 30] as [Int64])
    func whatFitsIsNeverCut(limit: Int64) {
        #expect(LogRetention(limit: limit)?.excess(of: limit) == nil)
        #expect(LogRetention(limit: limit)?.excess(of: 0) == nil)
    }

    @Test(arguments: [1 << 20, (1 << 20) + 12_345, 64 << 20, 1 << 30] as [Int64])
    func aboutHalfIsKeptAtEitherEnd(limit: Int64) throws {
        let write = max(4096, limit / 5000)
        var retention = try #require(LogRetention(limit: limit))
        var length: Int64 = 0
        var holes = 0
        while length < limit * 3 {
            length += write
            if let excess = retention.excess(of: length) {
                #expect(excess.lowerBound == retention.tail)
                #expect(excess.upperBound % 4096 == 0 && excess.lowerBound % 4096 == 0)
                retention.freed(excess)
                holes += 1
            }
            let kept = length - (retention.tail - retention.head)
            #expect(kept <= limit)
            #expect(length <= limit || kept >= limit - limit / 16 - 65_536 - 4096)
            #expect(retention.head <= limit / 2 && retention.head > limit / 2 - 4096)
        }
        // Not a call for each write, nor one for all.
        #expect(holes > 10 && holes < 200)
    }

    @Test func aFullDiskIsTriedForEverAndABrokenOneForMinutes() {
        var trouble = WriteTrouble()
        for minute in 0..<10_000 {
            #expect(trouble.course(after: ENOSPC, at: Int64(minute) * 60_000_000_000) == .retry)
        }
        trouble.passed()
        let later: Int64 = 1 << 60
        #expect(trouble.course(after: EIO, at: later) == .retry)
        #expect(trouble.course(after: EIO, at: later + WriteTrouble.patience - 1) == .retry)
        #expect(trouble.course(after: EIO, at: later + WriteTrouble.patience) == .giveUp)
        trouble.passed()
        #expect(trouble.course(after: EIO, at: later + WriteTrouble.patience) == .retry)
    }

    @Test(arguments: [EFBIG, EBADF, EINVAL, EPERM])
    func whatWillNeverPassIsGivenUpAtOnce(code: Int32) {
        var trouble = WriteTrouble()
        #expect(trouble.course(after: code, at: 1) == .giveUp)
    }
}
