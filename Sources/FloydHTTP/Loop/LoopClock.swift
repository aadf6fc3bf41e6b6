import Glibc

/// The time as a loop sees it: read once a turn, so that looking costs nothing.
struct LoopClock {
    /// Milliseconds of the monotonic clock.
    private(set) var milliseconds: UInt64
    /// The Date field's value, written anew once a second.
    private(set) var date: String
    private var dateSecond: Int64

    init() {
        milliseconds = Self.monotonic() / 1_000_000
        dateSecond = Self.second()
        date = HTTPDate.format(secondsSince1970: dateSecond)
    }

    mutating func update() {
        milliseconds = Self.monotonic() / 1_000_000
        let second = Self.second()
        if second != dateSecond {
            dateSecond = second
            date = HTTPDate.format(secondsSince1970: second)
        }
    }

    /// Nanoseconds of the monotonic clock, read now.
    static func monotonic() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Milliseconds of the monotonic clock, read now and rounded up: a time counted from here has surely passed when a loop's clock shows
    /// its end.
    static func roundedUp() -> UInt64 {
        (monotonic() + 999_999) / 1_000_000
    }

    private static func second() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        return Int64(time.tv_sec)
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, so that nothing ends before its time; never negative.
    var wholeMilliseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        guard seconds < 1 << 32 else { return 1 << 42 }
        return UInt64(seconds) * 1000 + (UInt64(attoseconds) + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
