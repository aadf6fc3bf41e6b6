package import FloydOS
import Glibc

/// Where a server on this machine listens.
package enum Endpoint: Sendable, Hashable {
    /// Of 127.0.0.1.
    case port(UInt16)
    /// A Unix socket's path.
    case socket(String)

    /// As `floydlited serve --listen` takes it.
    package var listen: String {
        switch self {
        case .port(let port): "127.0.0.1:\(port)"
        case .socket(let path): "unix:\(path)"
        }
    }

    /// As `FLOYDLITE_HOST` takes it.
    package var url: String {
        switch self {
        case .port: "http://\(listen)"
        case .socket: listen
        }
    }

    /// Connects to it.
    ///
    /// - Returns: the connection, which the caller closes.
    package func connect() throws(SystemError) -> Int32 {
        switch self {
        case .port(let port):
            return try Self.connect(AF_INET, to: LoopbackPort.address(port), "port \(port)")
        case .socket(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else {
                throw SystemError("connect", path: path, code: ENAMETOOLONG)
            }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            return try Self.connect(AF_UNIX, to: address, path)
        }
    }

    private static func connect<Address>(_ family: Int32, to address: Address, _ name: String) throws(SystemError)
        -> Int32
    {
        let socket = Glibc.socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw SystemError("socket") }
        let isConnected = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                Glibc.connect(socket, address, socklen_t(MemoryLayout<Address>.size)) == 0
            }
        }
        guard isConnected else {
            let error = SystemError("connect", path: name)
            close(socket)
            throw error
        }
        return socket
    }

    /// Whether somebody listens there.
    package var isOpen: Bool {
        guard let socket = try? connect() else { return false }
        close(socket)
        return true
    }

    /// Whether an HTTP server answers there: one that is being started may listen before it does.
    package var answers: Bool {
        guard let socket = try? connect() else { return false }
        defer { close(socket) }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let request = Array("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8)
        guard send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { return false }
        var answer = [UInt8](repeating: 0, count: 64)
        return recv(socket, &answer, answer.count, 0) > 0
    }

    /// Waits until `child` listens there.
    ///
    /// - Parameter isReady: whether that has come about.
    /// - Throws: `LabError` if it ends, or takes more than ten seconds.
    package func wait(
        for child: Child,
        _ name: String,
        until isReady: (Endpoint) -> Bool = { $0.isOpen }
    ) throws {
        for _ in 0..<2000 {
            try Interruption.check()
            if isReady(self) { return }
            guard child.isRunning else { throw LabError("\(name) ended at its start") }
            usleep(5000)
        }
        throw LabError("\(name) does not listen")
    }
}
