import HTTPTypes
import Synchronization

/// One request and its answer, while its task has the connection.
///
/// Unchecked Sendable: it belongs to its connection's loop, whose thread alone touches it; `bodyLimit` is atomic, the
/// constants don't change.
final class Exchange: @unchecked Sendable {
    let connection: Connection
    let loop: EventLoop
    let method: HTTPRequest.Method
    let target: String
    let version: HTTPVersion
    let framing: BodyFraming
    let isPersistent: Bool
    let started: UInt64
    let bodyLimit: Atomic<Int64>

    var task: Task<Void, Never>?
    /// The handler has answered: nothing may be read or written for it any more.
    var isOver = false
    var toldStopping = false

    // The content of the request.
    var owesContinue: Bool
    var remaining: Int64
    var decoder: ChunkedDecoder?
    var received: Int64 = 0
    var bodyFailure: HTTPBodyError?
    var isReading = false
    /// Bytes of content received after the answer, for nobody.
    var thrownAway: Int64 = 0
    var readAllowance: ProgressAllowance

    // The answer.
    var status = 0
    var annotation: (any HTTPAnnotation)?
    var keepsConnection = false
    /// What the socket didn't take of the answer's head at once.
    var unsent: [UInt8] = []
    var plan: AnswerPlan?
    var sent: Int64 = 0
    var isWriting = false
    /// How far in a channel's sequence the stream has come, while it sleeps in that channel.
    var channelPlace: Int64 = 0
    var writeAllowance: ProgressAllowance

    init(connection: Connection, head: RequestHead) {
        self.connection = connection
        loop = connection.loop
        method = head.method
        target = head.path
        version = head.version
        framing = head.framing
        isPersistent = head.isPersistent
        let shared = connection.loop.shared
        started = shared.observer == nil ? 0 : LoopClock.monotonic()
        bodyLimit = Atomic(shared.configuration.limits.body)
        owesContinue = head.expectsContinue
        switch head.framing {
        case .none:
            remaining = 0
        case .length(let length):
            remaining = length
        case .chunked:
            remaining = .max
            decoder = ChunkedDecoder(limits: shared.configuration.limits)
        }
        readAllowance = ProgressAllowance(full: connection.times.bodyProgress)
        writeAllowance = ProgressAllowance(full: connection.times.writeProgress)
    }

    /// Whether every byte of the request has been taken from the connection.
    var isBodyDone: Bool { decoder?.isDone ?? (remaining == 0) }

    var record: HTTPRequestRecord {
        HTTPRequestRecord(
            method: method.rawValue,
            target: target,
            status: status,
            bytesReceived: received,
            bytesSent: sent,
            duration: .nanoseconds(Int64(clamping: LoopClock.monotonic() - started)),
            peer: connection.peer,
            isIncomplete: connection.isBroken,
            annotation: annotation
        )
    }
}
