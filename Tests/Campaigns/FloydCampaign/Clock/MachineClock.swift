import FloydLab
import FloydOS
import Glibc

/// The machine's clock of the day, set wrong for a while. Its truth goes on with the clock that nobody can set.
final class MachineClock {
    /// What the clock of the day said when the other one said `begin`.
    private let day: Nanoseconds
    private let begin: Nanoseconds
    private var isWrong = false

    init() {
        day = Clock.now - Clock.fromTimeOfDay
        begin = Clock.now
    }

    deinit {
        restore()
    }

    /// Sets the clock to so many seconds from the truth.
    ///
    /// - Throws: `SystemError` if it can't be set.
    func jump(by seconds: Int64) throws(SystemError) {
        isWrong = true
        try set(seconds)
    }

    /// Sets it right again.
    func restore() {
        guard isWrong else { return }
        do {
            try set(0)
            isWrong = false
        } catch {
            Report.say("THE MACHINE'S CLOCK IS WRONG AND CAN'T BE SET: \(error)")
        }
    }

    private func set(_ seconds: Int64) throws(SystemError) {
        let truth = day + (Clock.now - begin) + seconds * 1_000_000_000
        var time = timespec(tv_sec: Int(truth / 1_000_000_000), tv_nsec: Int(truth % 1_000_000_000))
        guard clock_settime(CLOCK_REALTIME, &time) == 0 else { throw SystemError("clock_settime") }
    }
}
