import GRDB
import Testing

@testable import FloydStore

struct BallastPlanTests {
    @Test("a quarter of the reserve in whole blocks, 32 MiB at most, and none without a reserve")
    func size() {
        #expect(BallastPlan.size(reserve: 8 << 20) == 2 << 20)
        #expect(BallastPlan.size(reserve: 10 << 30) == 32 << 20)
        #expect(BallastPlan.size(reserve: 4 * 4_096 + 4_095 * 4) == 4_096)
        #expect(BallastPlan.size(reserve: 16_383) == 0)
        #expect(BallastPlan.size(reserve: 0) == 0)
        #expect(BallastPlan.size(reserve: -1) == 0)
    }

    @Test("room is ample when thrice the ballast remains")
    func ample() {
        #expect(BallastPlan.isAmple(4_000, for: 1_000))
        #expect(!BallastPlan.isAmple(3_999, for: 1_000))
        #expect(!BallastPlan.isAmple(0, for: 1))
        #expect(BallastPlan.isAmple(nil, for: 1_000))
    }

    @Test(
        "a full disk shows itself as such, or as a failed write, sync or growth of the log's index",
        arguments: [
            ResultCode.SQLITE_FULL, .SQLITE_IOERR_WRITE, .SQLITE_IOERR_FSYNC, .SQLITE_IOERR_SHMSIZE, .SQLITE_CANTOPEN,
        ]
    )
    func wantsSpace(_ code: ResultCode) {
        #expect(BallastPlan.mayWantSpace(code))
    }

    @Test(
        "no room helps against other failures",
        arguments: [
            ResultCode.SQLITE_IOERR_READ, .SQLITE_BUSY, .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CORRUPT, .SQLITE_READONLY,
        ]
    )
    func wantsNoSpace(_ code: ResultCode) {
        #expect(!BallastPlan.mayWantSpace(code))
    }
}
