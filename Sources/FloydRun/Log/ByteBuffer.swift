/// Bytes on their way from one place to another, in memory that isn't touched before it is needed.
public struct ByteBuffer: ~Copyable {
    private var base: UnsafeMutableRawPointer?
    private var capacity = 0
    private var start = 0
    private var end = 0
    /// What is kept allocated although nothing is in it. Memory that comes and goes with every write costs more than the write.
    private static let idleCapacity = 1 << 19

    public init() {}

    deinit {
        base?.deallocate()
    }

    public var count: Int { end - start }

    /// What is in it; valid until it changes.
    public var bytes: UnsafeRawBufferPointer {
        guard let base else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: base + start, count: count)
    }

    /// Makes it longer by `more` bytes, which the caller writes to where the result points.
    mutating func extend(by more: Int) -> UnsafeMutableRawPointer {
        let base = reserve(more)
        defer { end += more }
        return base + end
    }

    /// Takes the first `count` bytes out.
    public mutating func removeFirst(_ count: Int) {
        start += min(count, self.count)
        guard start == end else { return }
        start = 0
        end = 0
        guard capacity > Self.idleCapacity else { return }
        base?.deallocate()
        base = nil
        capacity = 0
    }

    @inline(__always)
    private mutating func reserve(_ more: Int) -> UnsafeMutableRawPointer {
        if let base, end + more <= capacity { return base }
        return grow(by: more)
    }

    private mutating func grow(by more: Int) -> UnsafeMutableRawPointer {
        let size = max(count + more, 65_536, capacity * 2)
        let grown = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        if let base, count > 0 { grown.copyMemory(from: base + start, byteCount: count) }
        base?.deallocate()
        base = grown
        capacity = size
        end = count
        start = 0
        return grown
    }

    /// The beginning of a line: at most `LogFormat.maximumPiece` bytes.
    final class Line {
        private let base = UnsafeMutableRawPointer.allocate(byteCount: LogFormat.maximumPiece, alignment: 16)
        private(set) var count = 0

        deinit {
            base.deallocate()
        }

        var start: UnsafeRawPointer { UnsafeRawPointer(base) }

        /// The caller sees to it that there is room.
        func append(_ more: UnsafeRawBufferPointer) {
            guard let source = more.baseAddress else { return }
            base.advanced(by: count).copyMemory(from: source, byteCount: more.count)
            count += more.count
        }

        func clear() {
            count = 0
        }
    }
}
