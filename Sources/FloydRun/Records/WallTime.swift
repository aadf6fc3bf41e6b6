internal import Glibc

/// A moment of the wall clock, to the nanosecond, in UTC.
public struct WallTime: Sendable, Hashable, Comparable {
    /// Since the beginning of 1970.
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    public static var now: WallTime {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return WallTime(nanoseconds: Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec))
    }

    public static func < (left: WallTime, right: WallTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}

extension WallTime: CustomStringConvertible {
    /// As RFC 3339 has it, always with nine digits: `2026-11-22T12:00:00.123456789Z`.
    public var description: String {
        String(unsafeUninitializedCapacity: Self.textLength) { buffer in
            write(to: UnsafeMutableRawBufferPointer(buffer))
            return Self.textLength
        }
    }

    /// Bytes of `description`: the years that nanoseconds can count to (1677 to 2262) have four digits.
    static let textLength = 30

    /// Writes `description` to the first bytes of `target`, which the caller has made that long.
    func write(to target: UnsafeMutableRawBufferPointer) {
        let (seconds, nanosecond) = Self.divide(nanoseconds, by: 1_000_000_000)
        let (day, second) = Self.divide(seconds, by: 86_400)
        let date = Self.date(ofDay: day)
        var index = 0
        func put(_ number: Int64, _ digits: Int, _ end: Unicode.Scalar) {
            var rest = number
            for place in stride(from: index + digits - 1, through: index, by: -1) {
                target[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            target[index + digits] = UInt8(ascii: end)
            index += digits + 1
        }
        put(date.year, 4, "-")
        put(date.month, 2, "-")
        put(date.day, 2, "T")
        put(second / 3600, 2, ":")
        put(second / 60 % 60, 2, ":")
        put(second % 60, 2, ".")
        put(nanosecond, 9, "Z")
    }

    /// The moment that `text` names in exactly the form of `description`.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 30 else { return nil }
        func number(_ start: Int, _ count: Int, _ end: Character) -> Int64? {
            guard bytes[start + count] == end.asciiValue else { return nil }
            var value: Int64 = 0
            for byte in bytes[start..<start + count] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            }
            return value
        }
        guard let year = number(0, 4, "-"), let month = number(5, 2, "-"), let day = number(8, 2, "T"),
            let hour = number(11, 2, ":"), let minute = number(14, 2, ":"), let second = number(17, 2, "."),
            let nanosecond = number(20, 9, "Z"), (1...12).contains(month), (1...31).contains(day), hour < 24,
            minute < 60, second < 60, (1678...2261).contains(year)
        else { return nil }
        let days = Self.day(year: year, month: month, day: day)
        nanoseconds = (days * 86_400 + hour * 3600 + minute * 60 + second) * 1_000_000_000 + nanosecond
        guard description == text else { return nil }
    }

    /// Quotient and never negative remainder.
    private static func divide(_ number: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    // Both count in years that begin on 1 March, so that the leap day is the last of its year, and in eras of 400 years.

    private static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = divide(day + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    private static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = divide(shiftedYear, by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
