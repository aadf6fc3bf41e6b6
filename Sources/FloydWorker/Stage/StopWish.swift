internal import FloydOS
internal import FloydRun

/// What was wished of an attempt's end: a later wish may shorten what remains, never lengthen it.
struct StopWish: Hashable {
    /// When what has not ended by then is killed, in nanoseconds since boot; nil: nobody wants the attempt to end.
    private(set) var deadline: Int64?

    /// - Parameter grace: seconds.
    mutating func take(_ grace: Int, at now: Int64) {
        let wished = now + Int64(clamping: grace) * 1_000_000_000
        deadline = min(deadline ?? wished, wished)
    }

    /// The seconds that the file `stop` speaks of, if it is there and says so. One that makes no sense is as if there were none: the stop
    /// itself came as a signal.
    static func grace(in file: String?) -> Int? {
        guard let file, let bytes = try? DurableFile.read(file, limit: 4096),
            let record = try? StopRecord(decoding: bytes)
        else { return nil }
        return record.grace.map { min($0, 31_536_000) }
    }
}
