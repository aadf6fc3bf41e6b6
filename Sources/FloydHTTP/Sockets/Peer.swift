import CFloydLinux
import Glibc

/// Who is at the other end of a connection.
public enum Peer: Sendable, Hashable, CustomStringConvertible {
    /// An address in numbers; one of IPv4 is written as such on a socket that serves both.
    case tcp(ip: String, port: UInt16)
    /// The process at the other end when it connected (SO_PEERCRED, unix(7)).
    case unix(uid: UInt32, gid: UInt32, pid: Int32)

    public var description: String {
        switch self {
        case .tcp(let ip, let port): ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
        case .unix(let uid, let gid, let pid): "unix(uid \(uid), gid \(gid), pid \(pid))"
        }
    }

    /// The peer of a connection that was accepted with this address; nil when it can't be told any more.
    init?(descriptor: Int32, address: SocketAddress) {
        if address.family == AF_UNIX {
            var uid = uid_t()
            var gid = gid_t()
            var pid = pid_t()
            guard floyd_peer_credentials(descriptor, &uid, &gid, &pid) == 0 else { return nil }
            self = .unix(uid: uid, gid: gid, pid: pid)
        } else {
            guard let (host, port) = address.numeric else { return nil }
            self = .tcp(ip: host, port: port)
        }
    }
}
