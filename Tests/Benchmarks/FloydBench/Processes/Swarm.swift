import FloydLab
import FloydOS
import Glibc

/// Clients that keep a server waiting, always as many: who is thrown out comes again. One thread has it.
final class Swarm {
    enum Kind: String, CaseIterable {
        /// Sends the head of a request byte by byte.
        case head
        /// Sends a login byte by byte.
        case body
        /// Asks for a large file and doesn't read it.
        case reader
    }

    private let kind: Kind
    private let endpoint: Endpoint
    private let opening: String
    private let watch: Watch
    private var sockets: Set<Int32> = []
    private var due: [(socket: Int32, at: Nanoseconds)] = []
    private var next = 0
    /// Those that the server threw out.
    private(set) var thrownOut = 0

    private static let pause: Nanoseconds = 2_000_000_000

    /// - Parameter file: the path of a large file, for readers.
    init(_ kind: Kind, on server: Server, file: String) throws {
        self.kind = kind
        endpoint = server.endpoint
        opening =
            switch kind {
            case .head: "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
            case .body:
                WireConnection.request(
                    "POST /login",
                    nil,
                    ["Content-Type: application/x-www-form-urlencoded", "Content-Length: 16000"]
                )
            case .reader: WireConnection.request("GET \(file)", server.access)
            }
        watch = try Watch.open()
    }

    deinit {
        for socket in sockets { close(socket) }
    }

    var count: Int { sockets.count }

    /// One more.
    func join() throws {
        let socket = try endpoint.connect()
        if kind == .reader {
            var size: Int32 = 4096
            setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        } else {
            // A reader is thrown out by its own standards too, but what it has to read must not wake anybody here.
            try watch.add(socket)
        }
        sockets.insert(socket)
        _ = send(socket, opening, opening.utf8.count, Int32(MSG_NOSIGNAL))
        due.append((socket, Clock.now + Self.pause))
    }

    /// Goes on: whose time has come sends its next byte, and for those thrown out others come.
    func act() throws {
        for socket in watch.wait(milliseconds: 0) { leave(socket) }
        let now = Clock.now
        while next < due.count, due[next].at <= now {
            let socket = due[next].socket
            next += 1
            guard sockets.contains(socket) else { continue }
            if kind != .reader, send(socket, "a", 1, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) != 1 {
                leave(socket)
            } else if kind == .reader, isGone(socket) {
                leave(socket)
            } else {
                due.append((socket, now + Self.pause))
            }
        }
        if next > 10_000 {
            due.removeFirst(next)
            next = 0
        }
    }

    private func isGone(_ socket: Int32) -> Bool {
        var event = pollfd(fd: socket, events: 0, revents: 0)
        return poll(&event, 1, 0) > 0
    }

    private func leave(_ socket: Int32) {
        guard sockets.remove(socket) != nil else { return }
        thrownOut += 1
        watch.remove(socket)
        close(socket)
    }
}
