public import FloydModel

extension FloydClient {
    /// Which bytes of a resource are wanted, and of which of its states.
    public struct DownloadRequest: Sendable, Hashable {
        /// Begins with `/`, percent-encoded.
        public var path: String
        public var start: Int64
        /// Where they end; nil: at the resource's end.
        public var end: Int64?
        /// The entity tag that the resource must have; nil: whichever it has.
        public var tag: String?

        public init(_ path: String, from start: Int64 = 0, to end: Int64? = nil, tag: String? = nil) {
            self.path = path
            self.start = start
            self.end = end
            self.tag = tag
        }
    }

    /// Gives `receive` the bytes that are wanted, in order, going on after broken connections where they broke (RFC 9110 §14, §13.1.5).
    ///
    /// - Parameters:
    ///   - interrupted: told of each break that is mended.
    ///   - restarted: told that the resource has changed, and that it comes again from its beginning. Where a certain state or a part is
    ///     wanted, that is an error.
    /// - Returns: the tag of the state that came.
    /// - Throws: `FloydError`: what `receive` throws, what the server says, `unreachable` when no connection lasts any more,
    ///   `contentMismatch` when the resource changes again and again, or isn't in the state that is wanted.
    @discardableResult
    public func download(
        _ request: DownloadRequest,
        interrupted: (FloydError) -> Void = { _ in },
        restarted: () throws(FloydError) -> Void = {},
        receive: (UnsafeRawBufferPointer) throws(FloydError) -> Void
    ) throws(FloydError) -> String? {
        var state = DownloadState(request)
        var backoff = Backoff()
        while true {
            let before = state.offset
            do throws(TransportFailure) {
                let head = try attemptSeeingHead(state.request) { head, bytes throws(FloydError) in
                    if try state.begin(head) { try restarted() }
                    try receive(bytes)
                    state.offset += Int64(bytes.count)
                }
                // Nothing came that the head could have come with.
                do throws(FloydError) {
                    if try state.begin(head) { try restarted() }
                } catch {
                    throw .local(error)
                }
                if state.isWhole { return state.tag }
                throw .broken("it ended after \(state.offset) bytes")
            } catch {
                if state.offset != before { backoff.progressed() }
                if state.isKnownToBeWhole { return state.tag }
                guard error.mayPass, let pause = backoff.next(after: error) else { throw self.error(error) }
                interrupted(self.error(error))
                self.pause(pause)
                state.hasBegun = false
            }
        }
    }

    /// Length and tag of what is at `path`.
    public func state(of path: String) throws(FloydError) -> (length: Int64, tag: String?) {
        let (head, _) = try exchange(TransportRequest("HEAD", path, timeout: Self.patience))
        guard let length = head.fields["content-length"].flatMap({ Int64($0) }) else {
            throw FloydError(.protocolViolation, "the server doesn't say how long \(path) is")
        }
        return (length, head.fields["etag"])
    }
}

/// How far a download is.
struct DownloadState {
    /// How often a resource may change before it is given up.
    private static let maximumRestarts = 5

    private let wanted: FloydClient.DownloadRequest
    /// The next byte.
    var offset: Int64
    /// Where the bytes end, if that is known.
    private(set) var end: Int64?
    private(set) var tag: String?
    /// Whether the head of this attempt was seen.
    var hasBegun = false
    private var restarts = 0

    init(_ wanted: FloydClient.DownloadRequest) {
        self.wanted = wanted
        offset = wanted.start
        end = wanted.end
        tag = wanted.tag
    }

    var isKnownToBeWhole: Bool { end == offset }
    /// After an answer that came to its end.
    var isWhole: Bool { end == nil || end == offset }

    private var isPart: Bool { offset > 0 || wanted.end != nil }

    var request: TransportRequest {
        var request = TransportRequest("GET", wanted.path)
        // Of what has no tag, nobody knows whether the rest belongs to what came: all of it comes again.
        guard isPart, tag != nil || wanted.start > 0 || wanted.end != nil else { return request }
        let last = wanted.end.map { "\($0 - 1)" } ?? ""
        request.headers.append(("Range", "bytes=\(offset)-\(last)"))
        if let tag { request.headers.append(("If-Range", tag)) }
        return request
    }

    /// Looks at the head of an answer, once.
    ///
    /// - Returns: whether it comes from the beginning although more was wanted.
    mutating func begin(_ head: TransportHead) throws(FloydError) -> Bool {
        guard !hasBegun else { return false }
        hasBegun = true
        let found = head.fields["etag"]
        if let wanted = wanted.tag, found != wanted {
            throw FloydError(
                .contentMismatch,
                "the server has another state of \(self.wanted.path) than it said",
                hint: "Try again."
            )
        }
        if head.status == 206 {
            try continuePart(head)
            tag = found
            return false
        }
        let length = head.fields["content-length"].flatMap { Int64($0) }
        guard isPart else {
            (tag, end) = (found, length)
            return false
        }
        return try startAgain(found, length)
    }

    private mutating func continuePart(_ head: TransportHead) throws(FloydError) {
        guard let range = head.fields["content-range"].flatMap(Self.parse), range.start == offset,
            wanted.end == nil || range.end == wanted.end
        else {
            throw FloydError(.protocolViolation, "the server sends other bytes of \(wanted.path) than were asked for")
        }
        end = range.end
    }

    private mutating func startAgain(_ found: String?, _ length: Int64?) throws(FloydError) -> Bool {
        guard wanted.start == 0, wanted.end == nil else {
            throw FloydError(
                .protocolViolation,
                "the server sends all of \(wanted.path) where a part was asked for",
                hint: "Is there a proxy that drops Range fields?"
            )
        }
        restarts += 1
        guard restarts <= Self.maximumRestarts else {
            throw FloydError(
                .contentMismatch,
                "\(wanted.path) changes again and again",
                hint: "Wait until nothing writes to it."
            )
        }
        (offset, tag, end) = (0, found, length)
        return true
    }

    /// `bytes FIRST-LAST/LENGTH`.
    private static func parse(_ field: String) -> (start: Int64, end: Int64)? {
        guard field.hasPrefix("bytes ") else { return nil }
        let parts = field.dropFirst("bytes ".count).split(separator: "/")
        guard parts.count == 2 else { return nil }
        let bounds = parts[0].split(separator: "-")
        guard bounds.count == 2, let first = Int64(bounds[0]), let last = Int64(bounds[1]), first <= last, last < .max
        else { return nil }
        return (first, last + 1)
    }
}
