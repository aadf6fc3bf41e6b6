internal import CFloydLinux
internal import Glibc

/// Transfers between memory and disk that leave out the page cache (O_DIRECT, open(2)).
extension FileDescriptor {
    /// open(2)'s flag for such transfers.
    public static var direct: Int32 { 0o40000 }

    /// Bytes that the memory, the offset and the length of such a transfer must be multiples of; nil where the file system knows none (tmpfs),
    /// or the kernel doesn't say.
    public var directAlignment: Int? {
        let alignment = floyd_direct_alignment(raw)
        return alignment > 0 ? alignment : nil
    }
}
