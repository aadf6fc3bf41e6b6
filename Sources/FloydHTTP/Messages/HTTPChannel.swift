import Synchronization

/// A sequence of bytes that many streams send: what comes next is written to each of them straight from its loop, while its task sleeps on.
///
/// Streams that have sent all there is wait in the channel, each at its place in the sequence. At a signal one of them, the leader, is
/// woken to find out what is new. It publishes that, and whoever waits at the place where it begins has it sent and moves on to where it
/// ends. Whoever waits at another place, or whose client is slow, is woken and goes its own way from there. So nobody depends on what
/// others did: a stream that missed a piece finds its place behind, and looks for itself.
public final class HTTPChannel: Sendable {
    /// A part of the sequence.
    public struct Piece: Sendable {
        /// The places that it leads from and to.
        public let start: Int64
        public let end: Int64
        /// How many bytes it has.
        let count: Int
        /// The bytes as a chunk (RFC 9112 §7.1), made once for all. Nothing, where it has no bytes and only moves the place.
        let chunk: [UInt8]

        public init(_ bytes: [UInt8], from start: Int64, to end: Int64) {
            self.start = start
            self.end = end
            count = bytes.count
            chunk = bytes.isEmpty ? [] : Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + [0x0d, 0x0a]
        }
    }

    /// How a wait in the channel ended.
    public struct Pause: Sendable, Hashable {
        /// The place that the stream has come to meanwhile.
        public var place: Int64
        /// Whether there may be something new for it; else the time is over, or the server stops.
        public var isSignalled: Bool

        public init(place: Int64, isSignalled: Bool) {
            self.place = place
            self.isSignalled = isSignalled
        }
    }

    private enum Lead: Hashable {
        case nobody
        /// A loop was asked to wake somebody.
        case asked
        case member(ObjectIdentifier)
    }

    private struct State {
        var changes = 0
        /// Whether a change was signalled that nobody has published yet.
        var isPending = false
        var lead = Lead.nobody
        /// The loops on which members wait, and how many.
        var waiting: [(loop: EventLoop, count: Int)] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// How often a change was signalled. Noted before a look at what is new, it lets the wait behind that look see what came between.
    public var changes: Int { state.withLock { $0.changes } }

    /// How many wait.
    var waitingCount: Int { state.withLock { $0.waiting.reduce(0) { $0 + $1.count } } }

    /// Says, from any thread, that there may be something new.
    public func signal() {
        let loop = state.withLock { state in
            state.changes += 1
            state.isPending = true
            return Self.appoint(&state)
        }
        loop?.inbox.post(.lead(self))
    }

    /// Takes part.
    public func join() -> Member { Member(self) }

    /// Where the next leader is to be found, if there has to be one. Those who don't wait look before they do.
    private static func appoint(_ state: inout State) -> EventLoop? {
        guard state.lead == .nobody, let loop = state.waiting.first?.loop else { return nil }
        state.lead = .asked
        return loop
    }

    // MARK: Leading

    /// A stream's part in a channel. It ends with its release, wherever that happens.
    public final class Member: Sendable {
        public let channel: HTTPChannel

        init(_ channel: HTTPChannel) {
            self.channel = channel
        }

        deinit {
            channel.release(ObjectIdentifier(self))
        }

        /// Whether it was woken to find out for all what is new.
        public var leads: Bool { channel.state.withLock { $0.lead == .member(ObjectIdentifier(self)) } }

        /// Sends `piece` to all who wait where it begins. Another one leads then, and looks whether there is more: this one may have to
        /// wait for its own client.
        ///
        /// - Parameter changes: what `changes` was before the look that brought the piece.
        public func publish(_ piece: Piece, since changes: Int) {
            channel.publish(piece, since: changes)
        }

        /// Wakes all who wait: what is new is for each to find out.
        public func wakeAll() {
            channel.wakeAll()
        }
    }

    private func publish(_ piece: Piece, since changes: Int) {
        let (loops, next) = state.withLock { state in
            state.lead = .nobody
            if state.changes == changes { state.isPending = false }
            return (state.waiting.map(\.loop), Self.appoint(&state))
        }
        for loop in loops where !loop.isCurrent { loop.inbox.post(.piece(self, piece)) }
        for loop in loops where loop.isCurrent { loop.deliver(piece, to: self) }
        next?.inbox.post(.lead(self))
    }

    private func wakeAll() {
        let loops = state.withLock { state in
            // Those who are woken look for themselves.
            state.lead = .nobody
            state.isPending = false
            return state.waiting.map(\.loop)
        }
        for loop in loops { loop.inbox.post(.wakeAll(self)) }
    }

    /// A leader that is gone may have had something to tell.
    private func release(_ member: ObjectIdentifier) {
        let loop = state.withLock { state -> EventLoop? in
            guard state.lead == .member(member) else { return nil }
            state.lead = .nobody
            state.changes += 1
            state.isPending = true
            return Self.appoint(&state)
        }
        loop?.inbox.post(.lead(self))
    }

    // MARK: What loops tell

    /// Notes that a member waits on `loop`. False if there was a change that it hasn't looked for yet.
    func enter(_ member: Member, on loop: EventLoop, since changes: Int) -> Bool {
        let isOthersTurn = state.withLock { state in
            state.changes == changes && state.isPending && state.lead == .member(ObjectIdentifier(member))
        }
        // A leader that finds nothing may have seen before the signal what others have not.
        if isOthersTurn { wakeAll() }
        return state.withLock { state in
            guard state.changes == changes else { return false }
            if state.lead == .member(ObjectIdentifier(member)) { state.lead = .nobody }
            if let index = state.waiting.firstIndex(where: { $0.loop === loop }) {
                state.waiting[index].count += 1
            } else {
                state.waiting.append((loop, 1))
            }
            return true
        }
    }

    /// Notes that a member on `loop` waits no longer.
    func leave(_ loop: EventLoop) {
        state.withLock { state in
            guard let index = state.waiting.firstIndex(where: { $0.loop === loop }) else { return }
            state.waiting[index].count -= 1
            if state.waiting[index].count == 0 { state.waiting.remove(at: index) }
        }
    }

    /// Answers a loop that was asked for a leader: this one, or nobody waits on it any more.
    func lead(_ member: Member?) {
        let loop = state.withLock { state -> EventLoop? in
            // All were woken meanwhile.
            guard state.lead == .asked else { return nil }
            if let member {
                state.lead = .member(ObjectIdentifier(member))
                return nil
            }
            state.lead = .nobody
            return Self.appoint(&state)
        }
        loop?.inbox.post(.lead(self))
    }
}
