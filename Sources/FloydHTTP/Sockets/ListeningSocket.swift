import CFloydLinux
import Glibc
import Synchronization

/// A socket that listens; closed, and its path removed, when it is let go.
final class ListeningSocket: Sendable {
    let descriptor: Int32
    /// Where it listens, the port resolved.
    let address: ListenAddress
    /// Device and inode of a Unix socket's path, so that nobody else's is removed.
    private let inode: (device: dev_t, number: ino_t)?

    private let isOpen = Atomic<Bool>(true)

    private static let backlog: Int32 = 4096

    init(_ address: ListenAddress) throws(HTTPServerError) {
        switch address {
        case .tcp(let host, let port):
            (descriptor, self.address) = try Self.listen(host: host, port: port)
            inode = nil
        case .unix(let path):
            descriptor = try Self.listen(path: path)
            self.address = address
            inode = Self.inode(of: path)
        }
    }

    deinit {
        close()
    }

    /// Stops listening, and removes a Unix socket's path where it is still this one's. Once is enough.
    func close() {
        guard isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
        if case .unix(let path) = address, let inode, let found = Self.inode(of: path), found == inode { unlink(path) }
        Glibc.close(descriptor)
    }

    // MARK: TCP

    private static func listen(host: String, port: UInt16) throws(HTTPServerError) -> (Int32, ListenAddress) {
        var failure = HTTPServerError(.invalidAddress, "\(host) has no address")
        for candidate in try resolve(host: host, port: port) {
            do throws(HTTPServerError) {
                let descriptor = try open(candidate, host: host, port: port)
                var bound = SocketAddress()
                guard bound.fill({ getsockname(descriptor, $0, $1) }) == 0, let numeric = bound.numeric else {
                    Glibc.close(descriptor)
                    throw .system("getsockname", errno)
                }
                return (descriptor, .tcp(host: numeric.host, port: numeric.port))
            } catch {
                failure = error
            }
        }
        throw failure
    }

    /// The addresses of a host, those of IPv4 first: most clients try them where a name has both.
    private static func resolve(host: String, port: UInt16) throws(HTTPServerError) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0 else {
            throw HTTPServerError(
                .invalidAddress,
                "\(host) can't be resolved: \(String(cString: gai_strerror(status)))",
                hint: "Listen on an address of this machine, 127.0.0.1 for example."
            )
        }
        defer { freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var entry = list
        while let current = entry {
            if let address = current.pointee.ai_addr {
                found.append(SocketAddress(address, length: current.pointee.ai_addrlen))
            }
            entry = current.pointee.ai_next
        }
        return found.filter { $0.family == AF_INET } + found.filter { $0.family != AF_INET }
    }

    private static func open(_ address: SocketAddress, host: String, port: UInt16) throws(HTTPServerError) -> Int32 {
        let descriptor = try makeSocket(address.family)
        set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        // Accepted connections inherit it, which saves a call for each.
        set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        if address.family == AF_INET6 { set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
        guard address.withPointer({ bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, backlog) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw refusal(ListenAddress.tcp(host: host, port: port), code)
        }
        return descriptor
    }

    // MARK: Unix

    /// A crash leaves the socket's path behind; the next start finds that nobody answers there and replaces it.
    private static func listen(path: String) throws(HTTPServerError) -> Int32 {
        guard path.utf8.count <= ListenAddress.longestPath else {
            throw HTTPServerError(
                .invalidAddress,
                "the path \(path) is too long for a socket",
                hint: "Use a shorter one."
            )
        }
        let address = SocketAddress(path: path)
        try clear(path, address)
        let descriptor = try makeSocket(AF_UNIX)
        // Who may do what is decided by the peer's uid, so everybody may connect.
        guard address.withPointer({ bind(descriptor, $0, $1) }) == 0, chmod(path, 0o666) == 0,
            Glibc.listen(descriptor, backlog) == 0
        else {
            let code = errno
            Glibc.close(descriptor)
            throw refusal(.unix(path: path), code)
        }
        return descriptor
    }

    /// Removes a socket that nobody listens on any more; refuses to touch anything else.
    private static func clear(_ path: String, _ address: SocketAddress) throws(HTTPServerError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw HTTPServerError(
                .addressInUse,
                "\(path) is there and is no socket",
                hint: "Remove it, or listen on another path."
            )
        }
        let probe = try makeSocket(AF_UNIX)
        defer { Glibc.close(probe) }
        let result = address.withPointer { connect(probe, $0, $1) }
        // A full queue (EAGAIN) has somebody behind it too.
        if result != 0, errno == ECONNREFUSED {
            unlink(path)
        } else if result == 0 || errno == EAGAIN {
            throw refusal(.unix(path: path), EADDRINUSE)
        } else {
            throw refusal(.unix(path: path), errno)
        }
    }

    private static func inode(of path: String) -> (device: dev_t, number: ino_t)? {
        var status = stat()
        return lstat(path, &status) == 0 ? (status.st_dev, status.st_ino) : nil
    }

    // MARK: Both

    private static func makeSocket(_ family: Int32) throws(HTTPServerError) -> Int32 {
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let descriptor = socket(family, Int32(kind), 0)
        guard descriptor >= 0 else { throw .system("socket", errno) }
        return descriptor
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func refusal(_ address: ListenAddress, _ code: Int32) -> HTTPServerError {
        switch code {
        case EADDRINUSE:
            HTTPServerError(
                .addressInUse,
                "something listens on \(address) already",
                hint: "Stop it, or listen on another address."
            )
        case EACCES, EPERM:
            HTTPServerError(
                .permissionDenied,
                "this user may not listen on \(address)",
                hint: "Choose a port above 1023, or a folder that the user may write to."
            )
        case EADDRNOTAVAIL:
            HTTPServerError(
                .invalidAddress,
                "\(address) is no address of this machine",
                hint: "Listen on 127.0.0.1, or on 0.0.0.0 for all of its addresses."
            )
        default:
            HTTPServerError(.system, "can't listen on \(address): \(String(cString: strerror(code)))")
        }
    }
}
