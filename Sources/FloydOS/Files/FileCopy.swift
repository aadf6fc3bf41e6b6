internal import CFloydLinux
internal import Glibc

/// Copies of file contents.
public enum FileCopy {
    /// Makes the content of `from` that of the empty file `to`: by sharing blocks where the file system can (FICLONE), else inside
    /// the kernel (copy_file_range(2)), else by reading and writing.
    public static func copy(from: borrowing FileDescriptor, to: borrowing FileDescriptor) throws(SystemError) {
        if clone(from: from, to: to) { return }
        while true {
            let count = floyd_copy_range(from.raw, to.raw, 1 << 30)
            if count > 0 || (count < 0 && errno == EINTR) { continue }
            if count == 0 || [EXDEV, EINVAL, EOPNOTSUPP, ENOSYS].contains(errno) { break }
            throw SystemError("copy_file_range")
        }
        // What is left, if the kernel would not: pseudo file systems report success and copy nothing.
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 262_144, alignment: 16)
        defer { piece.deallocate() }
        while true {
            let count = try from.read(into: piece)
            if count == 0 { return }
            try to.write(all: UnsafeRawBufferPointer(rebasing: piece[0..<count]))
        }
    }

    /// Makes all of `from` the content of `to`, sharing blocks (FICLONE, ioctl_ficlonerange(2)). False where that can't be done; then nothing has changed.
    public static func clone(from: borrowing FileDescriptor, to: borrowing FileDescriptor) -> Bool {
        floyd_clone(to.raw, from.raw) == 0
    }

    /// Makes `range` of `from` what stands in `to` from `offset` on, sharing blocks (FICLONERANGE, ioctl_ficlonerange(2)). All three are multiples of the file
    /// system's block size. False where that can't be done; then nothing has changed.
    public static func clone(
        _ range: Range<Int64>,
        from: borrowing FileDescriptor,
        to: borrowing FileDescriptor,
        at offset: Int64
    ) -> Bool {
        floyd_clone_range(
            to.raw,
            Int(offset),
            from.raw,
            Int(range.lowerBound),
            Int(range.upperBound - range.lowerBound)
        ) == 0
    }
}
