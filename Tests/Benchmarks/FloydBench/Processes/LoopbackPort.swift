import FloydOS
import Glibc

/// Ports of 127.0.0.1.
enum LoopbackPort {
    /// One that nobody has at the moment.
    static func free() throws -> UInt16 {
        try withSocket { socket in
            var address = Self.address(0)
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    bind(socket, address, length) == 0 && getsockname(socket, address, &length) == 0
                }
            }
            guard isBound else { throw SystemError("bind") }
            return UInt16(bigEndian: address.sin_port)
        }
    }

    /// Waits until `child` listens there.
    ///
    /// - Throws: `BenchError` if it ends, or takes more than ten seconds.
    static func wait(for port: UInt16, of child: Child, _ name: String) throws {
        for _ in 0..<2000 {
            try Interruption.check()
            if try isOpen(port) { return }
            guard child.isRunning else { throw BenchError("\(name) ended at its start") }
            usleep(5000)
        }
        throw BenchError("\(name) does not listen")
    }

    private static func isOpen(_ port: UInt16) throws -> Bool {
        try withSocket { socket in
            var address = Self.address(port)
            return withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    connect(socket, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
        }
    }

    private static func withSocket<Result>(_ body: (Int32) throws -> Result) throws -> Result {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw SystemError("socket") }
        defer { close(socket) }
        return try body(socket)
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
