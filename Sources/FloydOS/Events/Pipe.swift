internal import CFloydLinux
internal import Glibc

/// Two descriptors that are connected. Both are the caller's to close.
public struct DescriptorPair: Sendable {
    public let reading: Int32
    public let writing: Int32

    /// A pipe (pipe(2)) whose reading end never blocks.
    ///
    /// - Parameter capacity: bytes it should hold; the kernel may give less.
    public static func pipe(capacity: Int32) throws(SystemError) -> DescriptorPair {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw SystemError("pipe") }
        for end in ends { CurrentProcess.closeOnExec(end) }
        _ = floyd_set_nonblocking(ends[0])
        _ = floyd_set_pipe_size(ends[0], capacity)
        return DescriptorPair(reading: ends[0], writing: ends[1])
    }

    /// Two stream sockets (socketpair(2)); both read and write.
    public static func sockets() throws(SystemError) -> DescriptorPair {
        var ends: [Int32] = [0, 0]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw SystemError("socketpair") }
        return DescriptorPair(reading: ends[0], writing: ends[1])
    }
}
