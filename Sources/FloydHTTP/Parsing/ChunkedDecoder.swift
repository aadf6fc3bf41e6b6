/// Decodes the chunked transfer coding (RFC 9112 §7.1), strictly: exact line ends, sizes that fit, a bounded length of
/// extensions and trailers. Extensions and trailers are checked and dropped.
struct ChunkedDecoder {
    private enum State {
        case size(digits: Int)
        case extensions
        case sizeLineFeed
        case data
        case dataCarriageReturn
        case dataLineFeed
        case trailer
        case done
    }

    private static let mostDigits = 16

    private var state = State.size(digits: 0)
    /// The size being read, then the bytes of the chunk that are still to come.
    private var remaining: UInt64 = 0
    private var extensionBytes = 0
    private var trailerBytes = 0
    private var trailerCount = 0
    private var line: [UInt8] = []
    private let limits: HTTPLimits

    init(limits: HTTPLimits) {
        self.limits = limits
    }

    var isDone: Bool {
        if case .done = state { true } else { false }
    }

    /// Bytes that are content whatever they are, so that they may be received straight into their destination.
    var contiguous: UInt64 {
        if case .data = state { remaining } else { 0 }
    }

    /// Tells the decoder that bytes of `contiguous` were taken past it.
    mutating func skipContent(_ count: Int) {
        remaining -= UInt64(count)
        if remaining == 0 { state = .dataCarriageReturn }
    }

    /// Decodes from `input` into `output`, until one of them is used up or the body has ended.
    mutating func decode(
        _ input: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) throws(ProtocolError) -> (consumed: Int, produced: Int) {
        var consumed = 0
        var produced = 0
        while consumed < input.count, !isDone {
            if case .data = state {
                let count = min(input.count - consumed, output.count - produced, Int(clamping: remaining))
                if count == 0 { break }
                UnsafeMutableRawBufferPointer(rebasing: output[produced..<produced + count])
                    .copyMemory(from: input.slice(consumed..<consumed + count))
                skipContent(count)
                consumed += count
                produced += count
            } else {
                try step(input[consumed])
                consumed += 1
            }
        }
        return (consumed, produced)
    }

    private mutating func step(_ byte: UInt8) throws(ProtocolError) {
        switch state {
        case .size(let digits):
            try stepSize(byte, digits: digits)
        case .extensions:
            if byte == 0x0d {
                guard ChunkExtensions.areValid(line) else { throw ProtocolError(400, "malformed chunk extension") }
                line.removeAll(keepingCapacity: true)
                state = .sizeLineFeed
            } else {
                extensionBytes += 1
                guard extensionBytes <= limits.requestLine else {
                    throw ProtocolError(400, "chunk extensions too long")
                }
                guard ByteClass.isFieldValue(byte) else {
                    throw ProtocolError(400, "invalid byte in a chunk extension")
                }
                line.append(byte)
            }
        case .sizeLineFeed:
            guard byte == 0x0a else { throw Self.badLineEnd }
            state = remaining == 0 ? .trailer : .data
        case .dataCarriageReturn:
            guard byte == 0x0d else { throw ProtocolError(400, "a chunk is longer than its size") }
            state = .dataLineFeed
        case .dataLineFeed:
            guard byte == 0x0a else { throw Self.badLineEnd }
            state = .size(digits: 0)
            remaining = 0
        case .trailer:
            try stepTrailer(byte)
        case .data, .done:
            break
        }
    }

    private mutating func stepSize(_ byte: UInt8, digits: Int) throws(ProtocolError) {
        if let value = ByteClass.hexValue(byte) {
            guard digits < Self.mostDigits, remaining < 1 << 59 else { throw ProtocolError(413, "chunk too large") }
            remaining = remaining << 4 | UInt64(value)
            state = .size(digits: digits + 1)
            return
        }
        guard digits > 0 else { throw ProtocolError(400, "malformed chunk size") }
        switch byte {
        case 0x0d:
            state = .sizeLineFeed
        case 0x3b, 0x20, 0x09:
            extensionBytes += 1
            line.append(byte)
            state = .extensions
        default:
            throw ProtocolError(400, "malformed chunk size")
        }
    }

    private mutating func stepTrailer(_ byte: UInt8) throws(ProtocolError) {
        trailerBytes += 1
        guard trailerBytes <= limits.headerBytes + 2 else { throw ProtocolError(431, "trailer fields too large") }
        guard byte == 0x0a else {
            line.append(byte)
            return
        }
        guard line.last == 0x0d else { throw Self.badLineEnd }
        line.removeLast()
        if line.isEmpty {
            state = .done
            return
        }
        trailerCount += 1
        guard trailerCount <= limits.headerCount else { throw ProtocolError(431, "too many trailer fields") }
        // The standard library's closure throws untyped, so the verdict comes out as a value.
        let verdict = line.withUnsafeBytes { bytes in
            Result { () throws(ProtocolError) in try FieldLine(parsing: bytes) }.map { _ in }
        }
        try verdict.get()
        line.removeAll(keepingCapacity: true)
    }

    private static let badLineEnd = ProtocolError(400, "a line ends without carriage return and line feed")
}
