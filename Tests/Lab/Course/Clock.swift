import Glibc

/// A span of time, or a moment on a clock.
package typealias Nanoseconds = Int64

extension Nanoseconds {
    package var seconds: Double { Double(self) / 1_000_000_000 }
}

package enum Clock {
    /// CLOCK_MONOTONIC, which all processes of the machine share, those in sandboxes too.
    package static var now: Nanoseconds { read(CLOCK_MONOTONIC) }

    /// What is to be added to a time of day to have it on the monotonic clock.
    ///
    /// The clocks are read one after the other; of some tries the one counts that was least interrupted.
    package static var fromTimeOfDay: Nanoseconds {
        var best: (span: Nanoseconds, difference: Nanoseconds)?
        for _ in 0..<5 {
            let before = now
            let day = read(CLOCK_REALTIME)
            let after = now
            if after - before < best?.span ?? .max { best = (after - before, (before + after) / 2 - day) }
        }
        return best?.difference ?? 0
    }

    package static func sleep(milliseconds: Int64) {
        let end = now + milliseconds * 1_000_000
        while now < end && !Interruption.isRequested {
            let left = end - now
            var time = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
            if left > 0 { nanosleep(&time, nil) }
        }
    }

    private static func read(_ clock: clockid_t) -> Nanoseconds {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
