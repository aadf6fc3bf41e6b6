/// How a file is put together: from parts of a content that is there already, its base, and from bytes that are sent.
public struct Recipe: Sendable, Hashable {
    public enum Part: Sendable, Hashable {
        /// `length` bytes of the base from `offset` on.
        case copy(offset: Int64, length: Int64)
        /// The next `length` bytes that are sent.
        case send(length: Int64)

        /// Bytes.
        public var length: Int64 {
            switch self {
            case .copy(_, let length), .send(let length): length
            }
        }
    }

    /// The hash of the base.
    public var base: [UInt8]
    public private(set) var parts: [Part] = []
    /// Bytes of the file, and those of them that are sent.
    public private(set) var length: Int64 = 0
    public private(set) var sent: Int64 = 0

    public init(base: [UInt8]) {
        self.base = base
    }

    /// Adds a part; one that goes on where the last one ended becomes one with it.
    public mutating func append(_ part: Part) {
        guard part.length > 0 else { return }
        length += part.length
        if case .send = part { sent += part.length }
        switch (parts.last, part) {
        case (.send(let before), .send(let more)):
            parts[parts.count - 1] = .send(length: before + more)
        case (.copy(let offset, let before), .copy(let next, let more)) where next == offset + before:
            parts[parts.count - 1] = .copy(offset: offset, length: before + more)
        default:
            parts.append(part)
        }
    }

    /// Whether it saves enough to be worth the server's work.
    public var isWorthwhile: Bool { sent <= length - length / 8 }

    /// The parts of the file that are sent, as ranges in it.
    public var sentRanges: [Range<Int64>] {
        var ranges: [Range<Int64>] = []
        var position: Int64 = 0
        for part in parts {
            if case .send = part { ranges.append(position..<position + part.length) }
            position += part.length
        }
        return ranges
    }

    /// How many bytes were sent when the first `position` bytes of the file are there.
    public func sent(before position: Int64) -> Int64 {
        var (start, sent) = (Int64(0), Int64(0))
        for part in parts where start < position {
            if case .send = part { sent += min(part.length, position - start) }
            start += part.length
        }
        return sent
    }
}
