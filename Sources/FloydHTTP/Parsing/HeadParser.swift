#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif
import HTTPTypes

/// Parses the head of a request out of a buffer that only grows (RFC 9112 §2.2), line by line: what has been looked at once
/// isn't looked at again, however small the pieces are in which it arrives.
struct HeadParser {
    enum Outcome {
        /// More bytes are needed; call again with the same bytes and what followed them.
        case incomplete
        /// The head, and how many bytes of the buffer it took.
        case complete(RequestHead, consumed: Int)
        case refused(ProtocolError)
    }

    private let limits: HTTPLimits
    private var lineStart = 0
    private var scanned = 0
    private var hasSkippedLine = false
    /// Bytes of the request line.
    private var requestLineLength = 0
    private var fieldsStart = 0
    private var requestLine: RequestLine?
    /// Whether there is no request line yet; to ask the line itself copies it, at every line of the head.
    private var isAtRequestLine = true
    private var framing = MessageFraming()
    private var fields = HTTPFields()
    private var fieldCount = 0

    init(limits: HTTPLimits) {
        self.limits = limits
    }

    /// Goes on parsing. `buffer` is everything received since the head began.
    mutating func parse(_ buffer: UnsafeRawBufferPointer) -> Outcome {
        do throws(ProtocolError) {
            while let lineFeed = nextLineFeed(in: buffer) {
                try checkLine(buffer.slice(lineStart..<lineFeed), end: lineFeed)
                guard lineFeed > lineStart, buffer[lineFeed - 1] == 0x0d else {
                    throw ProtocolError(400, "a line ends without a carriage return")
                }
                let line = buffer.slice(lineStart..<lineFeed - 1)
                lineStart = lineFeed + 1
                scanned = lineStart
                if let head = try take(line) { return .complete(head, consumed: lineStart) }
            }
            try checkUnfinishedLine(buffer)
            return .incomplete
        } catch {
            return .refused(error)
        }
    }

    private mutating func nextLineFeed(in buffer: UnsafeRawBufferPointer) -> Int? {
        guard scanned < buffer.count, let base = buffer.baseAddress else { return nil }
        guard let found = memchr(base + scanned, 0x0a, buffer.count - scanned) else {
            scanned = buffer.count
            return nil
        }
        return UnsafeRawPointer(found) - base
    }

    /// Takes a whole line, without its line end. Returns the head after its last one.
    private mutating func take(_ line: UnsafeRawBufferPointer) throws(ProtocolError) -> RequestHead? {
        if isAtRequestLine {
            // One empty line before a request is forgiven (RFC 9112 §2.2).
            if line.isEmpty, !hasSkippedLine {
                hasSkippedLine = true
                return nil
            }
            if line.count > limits.requestLine { throw tooLongRequestLine(line) }
            requestLine = try RequestLine(parsing: line)
            isAtRequestLine = false
            requestLineLength = line.count
            fieldsStart = lineStart
            return nil
        }
        if lineStart - fieldsStart > limits.headerBytes + 2 { throw Self.tooManyHeaderBytes }
        if line.isEmpty, let requestLine { return try finish(requestLine) }
        if lineStart - fieldsStart > limits.headerBytes { throw Self.tooManyHeaderBytes }
        fieldCount += 1
        guard fieldCount <= limits.headerCount else { throw ProtocolError(431, "too many header fields") }
        let field = try FieldLine(parsing: line)
        if try !framing.note(field) {
            guard let name = HTTPField.Name(parsing: field.name) else {
                throw ProtocolError(400, "invalid header field name")
            }
            fields.append(HTTPField(name: name, value: field.value))
        }
        return nil
    }

    private func finish(_ line: RequestLine) throws(ProtocolError) -> RequestHead {
        let decision = try framing.decide(version: line.version)
        return RequestHead(
            method: line.method,
            authority: line.authority ?? framing.host,
            path: line.path,
            fields: fields,
            queryOffset: line.queryOffset,
            version: line.version,
            framing: decision.framing,
            isPersistent: decision.isPersistent,
            expectsContinue: decision.expectsContinue,
            // Without the empty line at the end.
            size: HTTPHeadSize(
                requestLine: requestLineLength,
                headerBytes: lineStart - fieldsStart - 2,
                headerCount: fieldCount
            )
        )
    }

    /// Refuses early what no end of the line could mend, so that nobody fills memory or waits for a time limit.
    private func checkUnfinishedLine(_ buffer: UnsafeRawBufferPointer) throws(ProtocolError) {
        guard lineStart < buffer.count else { return }
        try checkLine(buffer.slice(lineStart..<buffer.count), end: buffer.count)
    }

    /// Refuses a line that is too long or wrongly begun, whatever is still to come of it, its carriage return maybe. Whole lines too: one that
    /// came at once is refused as one that came in pieces.
    private func checkLine(_ line: UnsafeRawBufferPointer, end: Int) throws(ProtocolError) {
        guard isAtRequestLine else {
            if end - fieldsStart > limits.headerBytes + 2 { throw Self.tooManyHeaderBytes }
            return
        }
        if let first = line.first, first != 0x0d, !ByteClass.isToken(first) {
            throw ProtocolError(400, "malformed request line")
        }
        if line.count > limits.requestLine + 1 { throw tooLongRequestLine(line) }
    }

    private static let tooManyHeaderBytes = ProtocolError(431, "header fields too large")

    private func tooLongRequestLine(_ line: UnsafeRawBufferPointer) -> ProtocolError {
        let hasMethod = line.prefix(RequestLine.longestMethod + 1).contains(0x20)
        return hasMethod ? ProtocolError(414, "request target too long") : ProtocolError(501, "method not implemented")
    }
}
