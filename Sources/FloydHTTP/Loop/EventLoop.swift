import CFloydSockets
import Glibc

/// One thread that owns an epoll instance, the connections accepted for it, their deadlines, and runs the tasks of their
/// requests: it is a `TaskExecutor`.
///
/// Unchecked Sendable: everything but `inbox`, `shared` and the constants is touched by the loop's own thread alone, which
/// `assertCurrent` checks in debug builds; before the thread starts, nobody else has the loop.
final class EventLoop: TaskExecutor, @unchecked Sendable {
    let inbox: LoopInbox
    let shared: ServerShared
    private let epoll: Int32

    private(set) var clock = LoopClock()
    private(set) var turn: UInt64 = 0
    /// Requests that begin from now on are refused.
    private(set) var isStopping = false
    private var isPastGrace = false
    /// Nothing is under way any more, or nothing that is waited for.
    private var isDrained = false
    private var isEnding = false
    private var hasReported = false
    private var graceEnd: UInt64 = .max
    private var hardEnd: UInt64 = .max
    /// Requests whose tasks are not over.
    var liveExchanges = 0
    /// Connections with nothing under way since the stop: it doesn't wait for them, and they are closed at its end.
    var lateConnections = 0

    private var table = ConnectionTable()
    var channels = ChannelTable()
    private var wheel: TimerWheel
    private var acceptor: Acceptor?
    private var jobs: [UnownedJob] = []
    private var runningJobs: [UnownedJob] = []
    private var inboxContent = LoopInbox.Content()
    private var readyAgain: [ConnectionToken] = []
    private var turnWaiters: [UnsafeContinuation<Void, Never>] = []
    private var mayMakeRoomAt: UInt64 = 0

    /// Where input is received before anybody knows whose it is; nothing stays in it beyond a call.
    let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 64)
    /// Where content goes that nobody wants.
    let waste = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 64)
    /// Where heads of answers are put together; nothing stays in it beyond a call.
    var output = OutputBuffer()
    private var answers = HeldAnswers()

    private static let eventsATurn = 256
    private static let placesAtATime = 64
    private static let timeBetweenLooks: UInt64 = 20
    private static let jobPassesATurn = 8
    private static let ownGeneration: UInt32 = 0
    private enum OwnSlot: UInt32 {
        case inbox
        case listener
    }

    init(shared: ServerShared) throws(HTTPServerError) {
        self.shared = shared
        inbox = try LoopInbox()
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw .system("epoll_create1", errno) }
        wheel = TimerWheel(now: LoopClock.monotonic() / 1_000_000)
        // Edge-triggered and never read: each write to an eventfd is an edge.
        try watch(inbox.descriptor, .inbox, EPOLLIN.rawValue | EPOLLET.rawValue)
    }

    deinit {
        close(epoll)
        input.deallocate()
        waste.deallocate()
    }

    // MARK: Executor

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            jobs.append(job)
        } else if !inbox.post(job: job) {
            // The thread has ended, and every connection with it: what still runs only finds that out.
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    /// Whether the calling thread is the loop's.
    var isCurrent: Bool {
        floyd_thread_loop() == Unmanaged.passUnretained(self).toOpaque()
    }

    func assertCurrent() {
        assert(isCurrent, "state of a connection is touched outside of its loop")
    }

    // MARK: What connections use

    func register(_ descriptor: Int32, token: ConnectionToken) -> Bool {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        event.data.u64 = token.rawValue
        return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0
    }

    func connection(_ token: ConnectionToken) -> Connection? { table[token] }

    func setTimer(_ token: ConnectionToken, at deadline: UInt64) {
        wheel.set(Int(token.slot), at: deadline)
    }

    /// Has the whole answer of an exchange, which `write` writes, sent at the end of the turn.
    func hold(for exchange: Exchange, _ write: (inout OutputBuffer) -> Void) {
        assertCurrent()
        exchange.isOver = true
        answers.hold(for: exchange, write)
        if answers.isFull { sendAnswers() }
    }

    /// Has the connection looked at again in the next turn, after others had theirs.
    func lookAgain(at token: ConnectionToken) {
        readyAgain.append(token)
    }

    /// Lets everything else on the loop have its turn first.
    func nextTurn() async {
        await withUnsafeContinuation { turnWaiters.append($0) }
    }

    func remove(_ token: ConnectionToken) {
        wheel.cancel(Int(token.slot))
        table.remove(token)
        shared.connectionClosed()
    }

    // MARK: The thread

    /// Serves until it is stopped and its requests are over. Called once, on the loop's own thread.
    func run(acceptor: Acceptor?) {
        floyd_set_thread_loop(Unmanaged.passUnretained(self).toOpaque())
        defer { floyd_set_thread_loop(nil) }
        self.acceptor = acceptor
        acceptor?.start(on: self)
        let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: Self.eventsATurn)
        defer { events.deallocate() }
        while !isOver {
            let count = epoll_wait(epoll, events, Int32(Self.eventsATurn), timeout)
            turn &+= 1
            clock.update()
            for index in 0..<max(0, Int(count)) { take(events[index]) }
            resumeAfterTurn()
            sendAnswers()
            runJobs()
            sendAnswers()
            clock.update()
            fireTimers()
            checkStop()
        }
        let rest = inbox.close()
        for job in rest.jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
        for case .adopt(let descriptor, _) in rest.messages {
            close(descriptor)
            shared.connectionClosed()
        }
        report()
    }

    private var timeout: Int32 {
        guard jobs.isEmpty, readyAgain.isEmpty, turnWaiters.isEmpty else { return 0 }
        let next = min(wheel.nextEvent ?? .max, graceEnd, hardEnd, acceptor?.pausedUntil ?? .max)
        guard next != .max else { return -1 }
        let now = LoopClock.monotonic() / 1_000_000
        return next <= now ? 0 : Int32(clamping: next - now)
    }

    private func take(_ event: epoll_event) {
        let token = ConnectionToken(rawValue: event.data.u64)
        guard token.generation == Self.ownGeneration else {
            table[token]?.becameReady(event.events)
            return
        }
        switch OwnSlot(rawValue: token.slot) {
        case .inbox: drainInbox()
        case .listener: acceptor?.accept(on: self)
        case nil: break
        }
    }

    private func drainInbox() {
        inbox.drain(into: &inboxContent)
        jobs.append(contentsOf: inboxContent.jobs)
        inboxContent.jobs.removeAll(keepingCapacity: true)
        // Taken out first: what a message sets off may end in here again.
        let messages = inboxContent.messages
        inboxContent.messages.removeAll()
        for message in messages {
            switch message {
            case .adopt(let descriptor, let peer): adopt(descriptor, peer: peer)
            case .wake(let token, let sleep): table[token]?.endSleep(sleep, .signalled)
            case .cancelSleep(let token, let sleep): table[token]?.endSleep(sleep, .cancelled)
            case .lead(let channel): appointLeader(of: channel)
            case .piece(let channel, let piece): deliver(piece, to: channel)
            case .wakeAll(let channel): wakeAll(in: channel)
            case .makeRoom: makeRoom()
            case .stop: beginStop()
            case .end: end()
            }
        }
    }

    /// Takes in a connection that was counted already.
    func adopt(_ descriptor: Int32, peer: Peer) {
        let connection = table.insert { Connection(loop: self, descriptor: descriptor, peer: peer, token: $0) }
        connection.open()
    }

    /// Closes connections that have been without a request for a while, those first that have been so the longest. Who has something to ask
    /// does so at once; who doesn't holds a place that somebody else needs.
    ///
    /// - Returns: whether there were any. To look costs time, so it is looked now and then only.
    @discardableResult
    func makeRoom() -> Bool {
        guard clock.milliseconds >= mayMakeRoomAt else { return false }
        mayMakeRoomAt = clock.milliseconds + Self.timeBetweenLooks
        let patience = shared.times.patienceWhenFull
        let waiting = table.all
            .filter { $0.phase == .head && $0.awaitsSince + patience <= clock.milliseconds }
            .sorted { $0.awaitsSince < $1.awaitsSince }
        for connection in waiting.prefix(Self.placesAtATime) { connection.close() }
        return !waiting.isEmpty
    }

    private func sendAnswers() {
        answers.release { exchange, bytes in exchange.connection.sendHeld(bytes, of: exchange) }
    }

    private func resumeAfterTurn() {
        if !turnWaiters.isEmpty {
            let waiters = turnWaiters
            turnWaiters.removeAll(keepingCapacity: true)
            for waiter in waiters { waiter.resume() }
        }
        if !readyAgain.isEmpty {
            let tokens = readyAgain
            readyAgain.removeAll(keepingCapacity: true)
            for token in tokens { table[token]?.advance() }
        }
    }

    /// Runs what is queued, in a bounded number of passes: tasks that yield for ever must not keep the sockets waiting.
    private func runJobs() {
        let executor = asUnownedTaskExecutor()
        var passes = 0
        while !jobs.isEmpty, passes < Self.jobPassesATurn {
            swap(&jobs, &runningJobs)
            for job in runningJobs { job.runSynchronously(on: executor) }
            runningJobs.removeAll(keepingCapacity: true)
            passes += 1
        }
    }

    private func fireTimers() {
        guard wheel.count > 0 || wheel.now < clock.milliseconds else { return }
        var due: [Int] = []
        wheel.advance(to: clock.milliseconds) { due.append($0) }
        for slot in due { table[slot]?.timerFired() }
        if let pausedUntil = acceptor?.pausedUntil, pausedUntil <= clock.milliseconds { acceptor?.resume(on: self) }
    }

    // MARK: Stopping

    private func beginStop() {
        guard !isStopping else { return }
        isStopping = true
        let grace = shared.configuration.timeouts.shutdownGrace.wholeMilliseconds
        graceEnd = clock.milliseconds + grace
        hardEnd = graceEnd + ServerShared.timeAfterCancellation
        for connection in table.all { connection.serverStops() }
    }

    private func checkStop() {
        guard isStopping, !isDrained else { return }
        if !isPastGrace, clock.milliseconds >= graceEnd {
            isPastGrace = true
            graceEnd = .max
            for connection in table.all where !connection.isLate { connection.abort() }
        }
        let isDone = table.count == lateConnections && liveExchanges == 0
        guard isDone || clock.milliseconds >= hardEnd else { return }
        isDrained = true
        graceEnd = .max
        hardEnd = .max
        shared.drain.leave()
    }

    /// The others are as far too: the socket is closed now, and with it who came late.
    private func end() {
        acceptor?.stop(on: self)
        acceptor = nil
        for connection in table.all where connection.isLate { connection.takeLast() }
        sendAnswers()
        for connection in table.all where connection.isLate { connection.close() }
        isEnding = true
        if !isOver { report() }
    }

    /// A handler that ignores its cancellation keeps the thread, so that its task has somewhere to end, but not the server.
    private var isOver: Bool {
        isEnding && table.count == 0 && liveExchanges == 0
    }

    private func report() {
        guard !hasReported else { return }
        hasReported = true
        shared.loopEnded()
    }

    // MARK: The listener

    func watchListener(_ descriptor: Int32) throws(HTTPServerError) {
        try watch(descriptor, .listener, EPOLLIN.rawValue)
    }

    func unwatchListener(_ descriptor: Int32) {
        var event = epoll_event()
        _ = epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &event)
    }

    private func watch(_ descriptor: Int32, _ slot: OwnSlot, _ events: UInt32) throws(HTTPServerError) {
        var event = epoll_event()
        event.events = events
        event.data.u64 = ConnectionToken(slot: slot.rawValue, generation: Self.ownGeneration).rawValue
        guard epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 else { throw .system("epoll_ctl", errno) }
    }
}
