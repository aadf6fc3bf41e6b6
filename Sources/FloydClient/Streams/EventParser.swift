import FloydModel

/// One server-sent event.
struct ServerSentEvent: Sendable, Hashable {
    /// The last `id` seen up to here, this event's or an earlier one's.
    var id: String?
    var kind: String
    var data: [UInt8]
}

/// Cuts a byte stream into server-sent events (WHATWG HTML, 9.2.6), however it is chopped.
struct EventParser {
    /// More than this in one event is no log.
    static let maximumEventSize = 1 << 28

    private var line: [UInt8] = []
    private var endedWithReturn = false
    /// The `id` of the last event that is whole, one without data included: where a next connection goes on. An `id` whose event
    /// isn't whole yet must not count, or a break in between would lose the event.
    private(set) var position: String?
    private var id: String?
    private var kind = ""
    private var data: [UInt8] = []
    private var hasData = false
    private var isFirstLine = true

    /// - Throws: `FloydError` with `protocolViolation` for an event without end, and what `emit` throws.
    mutating func feed(
        _ bytes: UnsafeRawBufferPointer,
        emit: (ServerSentEvent) throws(FloydError) -> Void
    ) throws(FloydError) {
        var rest = bytes[...]
        if endedWithReturn, let first = rest.first {
            // The second half of a CR LF whose first half ended the bytes before.
            if first == UInt8(ascii: "\n") { rest = rest.dropFirst() }
            endedWithReturn = false
        }
        while let end = rest.firstIndex(where: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) {
            line.append(contentsOf: rest[..<end])
            let isReturn = rest[end] == UInt8(ascii: "\r")
            rest = rest[(end + 1)...]
            if isReturn {
                if rest.isEmpty { endedWithReturn = true }
                if rest.first == UInt8(ascii: "\n") { rest = rest.dropFirst() }
            }
            try endLine(emit)
        }
        line.append(contentsOf: rest)
        guard line.count + data.count <= Self.maximumEventSize else {
            throw FloydError(.protocolViolation, "the server's event stream has an event without end")
        }
    }

    private mutating func endLine(_ emit: (ServerSentEvent) throws(FloydError) -> Void) throws(FloydError) {
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        guard !line.isEmpty else { return try dispatch(emit) }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[min(colon + 1, line.endIndex)...]
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "data":
            if hasData { data.append(UInt8(ascii: "\n")) }
            data.append(contentsOf: value)
            hasData = true
        case "event":
            kind = String(decoding: value, as: UTF8.self)
        case "id":
            if !value.contains(0) { id = String(decoding: value, as: UTF8.self) }
        default:
            // A comment, or a field that this client has no use for.
            break
        }
    }

    private mutating func dispatch(_ emit: (ServerSentEvent) throws(FloydError) -> Void) throws(FloydError) {
        defer {
            kind = ""
            data = []
            hasData = false
        }
        position = id
        guard hasData else { return }
        try emit(ServerSentEvent(id: id, kind: kind.isEmpty ? "message" : kind, data: data))
    }
}
