import FloydAPI
import FloydModel
import FoundationEssentials

/// A typed client of one server's HTTP interface.
///
/// Calls block the calling thread (see `Transport`) and throw `FloydError`: what the server said where it said something,
/// `unreachable` where it said nothing, `protocolViolation` where its answer makes no sense.
public struct FloydClient {
    /// The release that this client belongs to.
    public static let version = "0.2.0"
    /// The longest wait for the answer to a short question.
    static let patience = Duration.seconds(60)

    public let address: ServerAddress
    let token: String?
    let transport: any Transport
    let retry: Retrying

    public init(address: ServerAddress, token: String?, transport: any Transport, retry: Retrying) {
        self.address = address
        self.token = token
        self.transport = transport
        self.retry = retry
    }

    /// - Parameter pause: waits between attempts; it may come back early.
    public init(
        address: ServerAddress,
        token: String?,
        transport: any Transport,
        pause: @escaping (Duration) -> Void = Pause.sleeping
    ) {
        self.init(address: address, token: token, transport: transport, retry: Retrying(pause: pause))
    }

    var pause: (Duration) -> Void { retry.pause }

    /// The address of `path` for a browser or another program.
    public func url(of path: String) -> String {
        address.socketPath == nil ? address.base + path : "\(address):\(path)"
    }

    func get<Message: Decodable>(_ path: String) throws(FloydError) -> Message {
        try answer(to: TransportRequest("GET", path, timeout: Self.patience))
    }

    /// - Parameter key: makes the server do it once, however often it is sent.
    func post<Message: Decodable>(
        _ path: String,
        _ body: some Encodable,
        method: String = "POST",
        key: String? = nil,
        timeout: Duration? = patience
    ) throws(FloydError) -> Message {
        let bytes: [UInt8]
        do {
            bytes = [UInt8](try MessageCoding.encode(body))
        } catch {
            throw FloydError(.internalError, "a request could not be encoded: \(error)")
        }
        return try answer(
            to: TransportRequest(
                method,
                path,
                headers: [("Content-Type", MediaType.json)] + (key.map { [(TransportRequest.keyField, $0)] } ?? []),
                body: .bytes(bytes),
                timeout: timeout
            )
        )
    }

    /// The message that the server answers to `request`.
    func answer<Message: Decodable>(to request: TransportRequest) throws(FloydError) -> Message {
        let (head, body) = try exchange(request)
        do {
            return try MessageCoding.decode(Message.self, from: Data(body))
        } catch {
            throw FloydError(
                .protocolViolation,
                "the answer to \(request.method) \(request.path) (status \(head.status)) can't be understood: "
                    + Self.flaw(error),
                hint: "Are \(address) and this client (\(Self.version)) of the same release?"
            )
        }
    }

    /// Head and whole body of the answer to `request`, if it is a success. Sent again where that is safe and may help.
    @discardableResult
    func exchange(_ request: TransportRequest) throws(FloydError) -> (TransportHead, [UInt8]) {
        var body: [UInt8] = []
        do throws(TransportFailure) {
            let head = try retrying(request) { () throws(TransportFailure) in
                body = []
                return try attempt(request) { bytes throws(FloydError) in body.append(contentsOf: bytes) }
            }
            return (head, body)
        } catch {
            throw self.error(error)
        }
    }

    /// One attempt at `request`; the bytes of a success go to `receive` as they come.
    ///
    /// - Throws: `.local` with the server's own error for an answer that isn't a success, `.busy` if it may be one later, `.broken` where
    ///   the request came too slowly (408).
    func attempt(
        _ request: TransportRequest,
        receive: (UnsafeRawBufferPointer) throws(FloydError) -> Void
    ) throws(TransportFailure) -> TransportHead {
        try attemptSeeingHead(request) { _, bytes throws(FloydError) in try receive(bytes) }
    }

    /// The same for a receiver that has to know what the bytes are.
    func attemptSeeingHead(
        _ request: TransportRequest,
        receive: (TransportHead, UnsafeRawBufferPointer) throws(FloydError) -> Void
    ) throws(TransportFailure) -> TransportHead {
        var request = request
        if let token { request.headers.append(("Authorization", "Bearer \(token)")) }
        var complaint: [UInt8] = []
        let head = try transport.perform(request) { head, bytes throws(FloydError) in
            if head.isSuccess {
                try receive(head, bytes)
            } else if complaint.count < 1 << 20 {
                complaint.append(contentsOf: bytes)
            }
        }
        if head.isSuccess { return head }
        let refusal = refusal(head, complaint, of: request)
        // RFC 9110 §15.5.9: the server did not wait for the rest of the request, which may come over a new connection.
        if head.status == 408 { throw .broken(refusal.message) }
        guard head.isNotReady else { throw .local(refusal) }
        throw .busy(refusal, again: RetryAfter.parse(head.fields, now: Date()))
    }

    private static func flaw(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, _): "\(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? context.debugDescription
                : context.codingPath.map(\.stringValue).joined(separator: ".") + ": " + context.debugDescription
        default: "\(error)"
        }
    }
}
