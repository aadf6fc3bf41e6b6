/// What of a log is kept: all of it up to the limit, then about half of the limit at its start and half at its end.
///
/// Decides and does nothing. The part between is freed piece by piece, each of a sixteenth of the limit or 16 MiB, so that at least
/// fifteen sixteenths are there at any time.
struct LogRetention: Hashable {
    /// Bytes.
    let limit: Int64
    /// What stays at the start.
    let head: Int64
    /// Where what stays at the end begins; `head` while nothing was freed.
    private(set) var tail: Int64
    private let step: Int64

    /// The blocks of file systems: holes of whole ones free all that they cover.
    private static let block: Int64 = 4096

    /// - Parameter limit: bytes, at least 1 MiB to make sense; nil and 0 are no limit.
    init?(limit: Int64?) {
        guard let limit, limit > 0 else { return nil }
        self.limit = limit
        head = limit / 2 / Self.block * Self.block
        tail = head
        step = max(16 * Self.block, min(16 << 20, limit / 16))
    }

    /// What is to be freed now that the log is `length` bytes long.
    func excess(of length: Int64) -> Range<Int64>? {
        guard length - (tail - head) > limit else { return nil }
        let end = (length - (limit - head - step)) / Self.block * Self.block
        return end > tail ? tail..<end : nil
    }

    mutating func freed(_ range: Range<Int64>) {
        tail = range.upperBound
    }
}
