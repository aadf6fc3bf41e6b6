import CFloydSockets
import Glibc
import Synchronization

/// What another thread asks of a loop.
enum LoopMessage: Sendable {
    /// A connection that was accepted for this loop.
    case adopt(descriptor: Int32, peer: Peer)
    /// A signal was raised that the sleep with this number waits for.
    case wake(ConnectionToken, sleep: UInt64)
    /// The task of the sleep with this number was cancelled.
    case cancelSleep(ConnectionToken, sleep: UInt64)
    /// One of a channel's members on this loop is to find out what is new.
    case lead(HTTPChannel)
    /// What a channel's members are to send.
    case piece(HTTPChannel, HTTPChannel.Piece)
    /// A channel's members are to find out for themselves what is new.
    case wakeAll(HTTPChannel)
    /// There are as many connections as there may be: those that have waited long without a request are to go.
    case makeRoom
    /// New requests are refused from here on.
    case stop
    /// Nothing is under way any more, here or in the servers that stop together with this one.
    case end
}

/// What other threads hand to a loop: jobs of tasks and messages. The loop is woken by one write to an eventfd, however
/// many things come before it looks.
final class LoopInbox: Sendable {
    struct Content {
        var jobs: [UnownedJob] = []
        var messages: [LoopMessage] = []
    }

    private struct State {
        var content = Content()
        var isSignalled = false
        var isClosed = false

        /// True where the loop has to be woken.
        mutating func raise() -> Bool {
            guard !isSignalled else { return false }
            isSignalled = true
            return true
        }
    }

    private let state = Mutex(State())
    /// The eventfd, level zero; closed with the inbox.
    let descriptor: Int32

    init() throws(HTTPServerError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw .system("eventfd", errno) }
    }

    deinit {
        Glibc.close(descriptor)
    }

    /// False when the loop's thread has ended and nobody would read it.
    @discardableResult
    func post(_ message: LoopMessage) -> Bool {
        let (isOpen, mustSignal) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.content.messages.append(message)
            return (true, state.raise())
        }
        if mustSignal { signal() }
        return isOpen
    }

    /// False when the loop's thread has ended and nobody would run it.
    func post(job: UnownedJob) -> Bool {
        let (isOpen, mustSignal) = state.withLock { state in
            guard !state.isClosed else { return (false, false) }
            state.content.jobs.append(job)
            return (true, state.raise())
        }
        if mustSignal { signal() }
        return isOpen
    }

    /// Takes nothing more. Returns what nobody has looked at.
    func close() -> Content {
        state.withLock { state in
            state.isClosed = true
            defer { state.content = Content() }
            return state.content
        }
    }

    /// Takes everything out. `content` has to be empty; its storage is used for what comes next.
    func drain(into content: inout Content) {
        state.withLock { state in
            swap(&state.content, &content)
            state.isSignalled = false
        }
    }

    private func signal() {
        eventfd_write(descriptor, 1)
    }
}
