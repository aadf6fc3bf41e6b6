internal import FloydOS
internal import Glibc

/// Walking through a log record by record, without making records of it.
extension OpenLog {
    /// What a walk comes by.
    enum Step {
        /// A record, without its newline. Valid during the call alone.
        case record(UnsafeRawBufferPointer)
        /// Bytes that aren't kept, up to this offset.
        case gap(end: Int64)
    }

    private static let windowSize = 1 << 20

    /// Calls `body` with what begins at `offset`, where a record begins, and with all that follows up to `end`, until it says false.
    ///
    /// - Returns: where the walk ended: behind the last step for which `body` said true.
    @discardableResult
    func walk(from offset: Int64, to end: Int64, _ body: (Int64, Step) -> Bool) throws(SystemError) -> Int64 {
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Int(min(Int64(Self.windowSize), max(1, end - offset))),
            alignment: 16
        )
        defer { buffer.deallocate() }
        var position = offset
        while position < end {
            let wanted = Int(min(Int64(buffer.count), end - position))
            var filled = 0
            while filled < wanted {
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<wanted])
                let count = try file.read(into: rest, at: position + Int64(filled))
                if count == 0 { break }
                filled += count
            }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<filled])
            var consumed = 0
            var isAtGap = false
            while let line = LogLines.next(in: bytes, from: consumed) {
                if Self.isGap(line) {
                    isAtGap = true
                    break
                }
                guard body(position + Int64(consumed), .record(line)) else { return position + Int64(consumed) }
                consumed += line.count + 1
            }
            if consumed < filled, Self.isGap(UnsafeRawBufferPointer(rebasing: bytes[consumed...])) { isAtGap = true }
            position += Int64(consumed)
            if isAtGap {
                guard let next = try gapEnd(from: position, end) else { return position }
                guard body(position, .gap(end: next)) else { return position }
                position = next
            } else if consumed == 0 {
                return position
            }
        }
        return position
    }
}
