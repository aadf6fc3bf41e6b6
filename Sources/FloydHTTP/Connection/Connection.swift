import CFloydSockets
import Glibc

/// Why a stream's sleep ended.
enum SleepEnd: Sendable {
    case signalled
    case timedOut
    case cancelled
    case clientLeft
    case stopping
}

/// One connection of a loop: its socket, what the socket is ready for, and the phase it is in. Between requests it costs
/// neither a task nor a buffer.
///
/// Unchecked Sendable: it belongs to its loop, whose thread alone touches it (`assertCurrent` in debug builds).
final class Connection: @unchecked Sendable {
    enum Phase {
        /// Waits for the head of a request, or gathers it.
        case head
        /// A request's task has the connection.
        case request
        /// Throws away what a handler left unread.
        case draining
        /// Has said its last and leaves the client time to read it.
        case lingering
        case closed
    }

    let loop: EventLoop
    let descriptor: Int32
    let peer: Peer
    let token: ConnectionToken
    let isTCP: Bool

    var phase = Phase.head
    /// Set by events, cleared by a call that finds nothing more.
    var mayRead = true
    var mayWrite = true
    /// The client has ended its sending, by closing or by half of it.
    var peerEnded = false
    /// The connection is of no use any more: reset, cut or closed.
    var isBroken = false

    var pending = ByteQueue()
    var parser: HeadParser
    var hasServed = false
    /// Whether nothing was under way here when the server had stopped. What comes is refused, and the end comes with the server's.
    private(set) var isLate = false
    /// Since when a request has been awaited, in milliseconds of the loop's clock.
    var awaitsSince: UInt64 = 0
    var exchange: Exchange?
    /// True while a request's task runs inside `begin`, so that its end doesn't look for the next request by itself.
    var isBeginning = false
    private var hasEnded = false
    private var hasDescriptor = true
    /// A request that was answered and whose content is still being thrown away.
    var leftover: Exchange?

    var reader: UnsafeContinuation<Void, Never>?
    var writer: UnsafeContinuation<Void, Never>?
    var sleeper: UnsafeContinuation<SleepEnd, Never>?
    var sleep: UInt64 = 0
    /// The channel in which the stream sleeps.
    var waiting: ChannelWait?

    var deadlines = Deadlines()
    private var timerSetAt = UInt64.max
    private var budgetTurn: UInt64 = 0
    private var bytesThisTurn = 0

    /// After so many bytes in one turn, others are served first.
    private static let bytesATurn = 1024 * 1024

    init(loop: EventLoop, descriptor: Int32, peer: Peer, token: ConnectionToken) {
        self.loop = loop
        self.descriptor = descriptor
        self.peer = peer
        self.token = token
        if case .tcp = peer { isTCP = true } else { isTCP = false }
        parser = HeadParser(limits: loop.shared.configuration.limits)
    }

    var times: ConnectionTimes { loop.shared.times }

    /// Begins to serve; most clients have sent their request by now.
    func open() {
        loop.assertCurrent()
        guard loop.register(descriptor, token: token) else { return close() }
        awaitsSince = loop.clock.milliseconds
        set(.phase, after: times.head)
        if loop.isStopping { becomeLate() }
        advance()
    }

    // MARK: Events

    func becameReady(_ events: UInt32) {
        loop.assertCurrent()
        guard phase != .closed else { return }
        // A hangup is an end of both directions: a reset, a Unix peer that closed, or the answer to our own end.
        if events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 {
            breakOff()
            return
        }
        if events & EPOLLIN.rawValue != 0 { mayRead = true }
        if events & EPOLLOUT.rawValue != 0 {
            mayWrite = true
            resumeWriter()
        }
        if events & EPOLLRDHUP.rawValue != 0 { clientEndedSending() }
        if mayRead || peerEnded { resumeReader() }
        advance()
    }

    private func clientEndedSending() {
        peerEnded = true
        mayRead = true
        // Whether it left for good or only has nothing more to say looks the same. A quick handler gets to answer.
        if phase == .request, deadlines[.leave] == .max { set(.leave, after: times.halfClosed) }
    }

    /// The connection is lost: everything that waits for it is told so.
    func breakOff() {
        isBroken = true
        closeDescriptor()
        if let exchange, phase == .request {
            exchange.task?.cancel()
            resumeReader()
            resumeWriter()
            endSleep(sleep, .clientLeft)
        } else {
            close()
        }
    }

    /// Cuts the connection, whatever it does, by a reset: a client must not take what it got for the whole.
    func abort() {
        guard phase != .closed else { return }
        if !isBroken {
            var option = Glibc.linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<Glibc.linger>.size))
        }
        breakOff()
    }

    func close() {
        guard !hasEnded else { return }
        hasEnded = true
        phase = .closed
        isBroken = true
        closeDescriptor()
        pending.removeAll()
        leftover = nil
        if isLate { loop.lateConnections -= 1 }
        loop.remove(token)
    }

    /// Every call on the descriptor is made only while `isBroken` is false, so it may go before the request's task does.
    private func closeDescriptor() {
        guard hasDescriptor else { return }
        hasDescriptor = false
        Glibc.close(descriptor)
    }

    /// Ends our sending. False when there is nobody to end it for.
    func endSending() -> Bool {
        shutdown(descriptor, Int32(SHUT_WR)) == 0
    }

    func serverStops() {
        switch phase {
        case .head:
            // A request that is here already is served, and told that it is the last.
            advance()
            if phase == .head { becomeLate() }
        case .request:
            endSleep(sleep, .stopping)
        case .draining:
            close()
        case .lingering, .closed:
            break
        }
    }

    func becomeLate() {
        guard !isLate else { return }
        isLate = true
        loop.lateConnections += 1
    }

    /// Answers a request that lies in the socket unseen: closing would reset it, and nobody would know whether it was done.
    func takeLast() {
        guard phase == .head, !isBroken else { return }
        mayRead = true
        advance()
    }

    // MARK: Waiting

    /// Ends the stream's sleep with this number, if it still sleeps.
    func endSleep(_ number: UInt64, _ end: SleepEnd) {
        guard number == sleep, let sleeper else { return }
        self.sleeper = nil
        deadlines[.sleep] = .max
        leaveChannel()
        sleeper.resume(returning: end)
    }

    func resumeReader() {
        guard let reader else { return }
        self.reader = nil
        reader.resume()
    }

    func resumeWriter() {
        guard let writer else { return }
        self.writer = nil
        writer.resume()
    }

    // MARK: Time

    /// Sets a deadline so many milliseconds from now.
    ///
    /// - Parameter start: what the time counts from; nil: the loop's clock, which may be behind by what the turn has taken so far. A limit
    ///   may end so much early, a sleep may not.
    func set(_ kind: Deadlines.Kind, after milliseconds: UInt64, from start: UInt64? = nil) {
        let deadline = (start ?? loop.clock.milliseconds) + milliseconds
        deadlines[kind] = deadline
        // A later one is seen when the timer fires for the earlier.
        if deadline < timerSetAt {
            timerSetAt = deadline
            loop.setTimer(token, at: deadline)
        }
    }

    func timerFired() {
        timerSetAt = .max
        let now = loop.clock.milliseconds
        if deadlines.take(.sleep, now: now) { endSleep(sleep, .timedOut) }
        if deadlines.take(.leave, now: now), let exchange {
            exchange.task?.cancel()
            endSleep(sleep, .clientLeft)
        }
        if deadlines.take(.read, now: now) { resumeReader() }
        if deadlines.take(.write, now: now) { resumeWriter() }
        if deadlines.take(.phase, now: now) { phaseTimedOut() }
        guard phase != .closed else { return }
        let next = deadlines.earliest
        if next < timerSetAt {
            timerSetAt = next
            loop.setTimer(token, at: next)
        }
    }

    private func phaseTimedOut() {
        switch phase {
        case .head where !pending.isEmpty:
            refuse(ProtocolError(408, "the request came too slowly"))
            advance()
        case .head, .draining, .lingering: close()
        case .request, .closed: break
        }
    }

    // MARK: Fairness

    /// Counts bytes moved. True when the connection has had its share of this turn.
    func usesUpTurn(_ bytes: Int) -> Bool {
        if budgetTurn != loop.turn {
            budgetTurn = loop.turn
            bytesThisTurn = 0
        }
        bytesThisTurn += bytes
        return bytesThisTurn > Self.bytesATurn
    }
}
