import FloydLab
import FloydOS
import Glibc

/// A line that is sent over many connections at once, by two threads that do nothing else, and read by this one.
final class BareStreams {
    enum Kind {
        case tcp
        case unix
    }

    private static let length = 110
    private let watch: Watch
    private var (senders, readers): ([Int32], [Int32]) = ([], [])

    init(_ count: Int, _ kind: Kind) throws {
        watch = try Watch.open()
        let server = try kind == .tcp ? Self.listen() : nil
        defer { if let server { close(server.socket) } }
        for _ in 0..<count {
            let (sender, reader) = try server.map(Self.connection) ?? Self.pair()
            senders.append(sender)
            readers.append(reader)
            try watch.add(reader)
        }
    }

    deinit {
        for socket in senders + readers { close(socket) }
    }

    private static func listen() throws -> (socket: Int32, endpoint: Endpoint) {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw SystemError("socket") }
        let port = try LoopbackPort.free()
        try LoopbackPort.bind(socket, to: port)
        guard Glibc.listen(socket, 16) == 0 else { throw SystemError("listen") }
        return (socket, .port(port))
    }

    private static func connection(by server: (socket: Int32, endpoint: Endpoint)) throws -> (Int32, Int32) {
        let reader = try server.endpoint.connect()
        let sender = accept(server.socket, nil, nil)
        guard sender >= 0 else { throw SystemError("accept") }
        var one: Int32 = 1
        setsockopt(sender, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        return (sender, reader)
    }

    private static func pair() throws -> (Int32, Int32) {
        var pair: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
            throw SystemError("socketpair")
        }
        return (pair[0], pair[1])
    }

    /// - Returns: for each line and each connection, how much later than the first one's sending it was read.
    func delays(ofLines count: Int) throws -> Samples {
        var delays = Samples()
        for _ in 0..<count {
            try Interruption.check()
            Clock.sleep(milliseconds: 20)
            let begin = Clock.now
            send()
            var waiting = readers.count
            while waiting > 0 {
                for socket in watch.wait() {
                    var line = [UInt8](repeating: 0, count: Self.length)
                    guard read(socket, &line, line.count) == line.count else { throw LabError("a line came in pieces") }
                    delays.add(Clock.now - begin)
                    waiting -= 1
                }
            }
        }
        return delays
    }

    private func send() {
        for thread in 0..<2 {
            Thread.start(name: "sender") { [senders] in
                let line = [UInt8](repeating: 10, count: Self.length)
                for index in stride(from: thread, to: senders.count, by: 2) {
                    _ = write(senders[index], line, line.count)
                }
            }
        }
    }
}
