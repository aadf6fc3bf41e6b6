import CFloydSockets
import Glibc

/// Takes connections from the listening socket and deals them out to the loops in turn. Belongs to the first loop.
///
/// Out of descriptors, it lets go of a reserve to accept and close what waits, so that clients hear at once instead of
/// hanging in the queue; out of memory, it waits a moment.
final class Acceptor {
    /// Accepts a connection; -1 with `errno` set when there is none.
    typealias Call = @Sendable (Int32, inout SocketAddress) -> Int32

    static let systemCall: Call = { listener, address in
        address.fill { floyd_accept(listener, $0, $1) }
    }

    private let socket: ListeningSocket
    private let shared: ServerShared
    private var next = 0
    private var reserve: Int32
    /// When accepting goes on after the system had nothing left, in milliseconds of the loop's clock.
    private(set) var pausedUntil: UInt64?

    private static let connectionsATurn = 64
    /// Enough for a full queue, and an end for a flood.
    private static let turnsAtTheEnd = 64
    private static let pause: UInt64 = 50

    init(socket: ListeningSocket, shared: ServerShared) {
        self.socket = socket
        self.shared = shared
        reserve = Self.openReserve()
    }

    deinit {
        if reserve >= 0 { close(reserve) }
    }

    func start(on loop: EventLoop) {
        do {
            try loop.watchListener(socket.descriptor)
        } catch {
            pause(on: loop)
        }
    }

    /// Takes in what waits, which closing would reset, and closes the socket.
    func stop(on loop: EventLoop) {
        if pausedUntil == nil {
            var turns = 0
            while turns < Self.turnsAtTheEnd, accept(on: loop) { turns += 1 }
            if pausedUntil == nil { loop.unwatchListener(socket.descriptor) }
        }
        socket.close()
    }

    func resume(on loop: EventLoop) {
        pausedUntil = nil
        start(on: loop)
    }

    private func pause(on loop: EventLoop) {
        loop.unwatchListener(socket.descriptor)
        pausedUntil = loop.clock.milliseconds + Self.pause
    }

    /// Accepts what waits, a bounded number, since the listener reports again what is left.
    ///
    /// - Returns: whether there may be more.
    @discardableResult
    func accept(on loop: EventLoop) -> Bool {
        for _ in 0..<Self.connectionsATurn {
            var address = SocketAddress()
            let descriptor = acceptNext(&address)
            guard descriptor < 0 else {
                admit(descriptor, address, on: loop)
                continue
            }
            let code = errno
            switch code {
            case EAGAIN:
                return false
            case EINTR, ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, ENETUNREACH,
                EPERM:
                // Errors of that one connection, accept(2).
                shared.observe(.acceptFailed(errno: code))
            case EMFILE, ENFILE:
                shared.observe(.acceptFailed(errno: code))
                guard makeRoom(on: loop) || turnAway() else {
                    pause(on: loop)
                    return false
                }
            default:
                shared.observe(.acceptFailed(errno: code))
                pause(on: loop)
                return false
            }
        }
        return true
    }

    private func acceptNext(_ address: inout SocketAddress) -> Int32 {
        shared.accept(socket.descriptor, &address)
    }

    private func admit(_ descriptor: Int32, _ address: SocketAddress, on loop: EventLoop) {
        guard let peer = Peer(descriptor: descriptor, address: address) else {
            close(descriptor)
            return
        }
        guard shared.connectionOpened() || (makeRoom(on: loop) && shared.connectionOpened()) else {
            shared.observe(.connectionRefused(peer: peer))
            Self.sayBusy(descriptor)
            close(descriptor)
            return
        }
        let loops = shared.loops
        // After the stop they stay here: the other loops may be gone before they have looked at what they are handed.
        let target = loop.isStopping ? loop : loops[next % loops.count]
        next += 1
        if target === loop {
            loop.adopt(descriptor, peer: peer)
        } else {
            guard target.inbox.post(.adopt(descriptor: descriptor, peer: peer)) else {
                close(descriptor)
                return shared.connectionClosed()
            }
        }
    }

    /// Has connections closed that do nothing. The other loops' are gone only when the next client comes.
    private func makeRoom(on loop: EventLoop) -> Bool {
        let hasRoom = loop.makeRoom()
        if !hasRoom { for other in shared.loops where other !== loop { other.inbox.post(.makeRoom) } }
        return hasRoom
    }

    /// Answers without having read anything; whoever finds no room shall know that it is worth another try.
    private static func sayBusy(_ descriptor: Int32) {
        let answer: StaticString = """
            HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n\
            Content-Type: text/plain\r\nContent-Length: 21\r\n\r\ntoo many connections\n
            """
        send(descriptor, answer.utf8Start, answer.utf8CodeUnitCount, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Accepts one connection on the reserve descriptor and closes it. False when there is none to spare.
    private func turnAway() -> Bool {
        if reserve < 0 { reserve = Self.openReserve() }
        guard reserve >= 0 else { return false }
        close(reserve)
        var address = SocketAddress()
        let descriptor = acceptNext(&address)
        if descriptor >= 0 { close(descriptor) }
        reserve = Self.openReserve()
        return descriptor >= 0
    }

    private static func openReserve() -> Int32 {
        open("/dev/null", O_RDONLY | O_CLOEXEC)
    }
}
