package import FloydOS
import Glibc

/// Ports of 127.0.0.1.
package enum LoopbackPort {
    /// One that nobody has at the moment, and that the kernel gives to nobody who doesn't ask for it: while its server is down, no
    /// client that tries to reach it can get it as its own end.
    package static func free() throws -> UInt16 {
        let range = ProcessFile.text("/proc/sys/net/ipv4/ip_local_port_range").split { $0 == "\t" || $0 == "\n" }
        let lowest = range.first.flatMap { UInt16($0) } ?? 32_768
        guard lowest > 10_000 else { return try bind(0) ?? 0 }
        for _ in 0..<100 {
            if let port = try bind(UInt16.random(in: 10_000..<lowest)) { return port }
        }
        throw LabError("no port is free")
    }

    /// Gives a socket that address.
    package static func bind(_ socket: Int32, to port: UInt16) throws(SystemError) {
        var address = Self.address(port)
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                Glibc.bind(socket, address, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound else { throw SystemError("bind") }
    }

    /// The port, or one of the kernel's choice in place of 0; nil if somebody has it.
    private static func bind(_ port: UInt16) throws -> UInt16? {
        try withSocket { socket in
            var address = Self.address(port)
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    Glibc.bind(socket, address, length) == 0 && getsockname(socket, address, &length) == 0
                }
            }
            return isBound ? UInt16(bigEndian: address.sin_port) : nil
        }
    }

    private static func withSocket<Result>(_ body: (Int32) throws -> Result) throws -> Result {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw SystemError("socket") }
        defer { close(socket) }
        return try body(socket)
    }

    static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
