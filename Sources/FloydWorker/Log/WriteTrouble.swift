internal import FloydOS
internal import Glibc

/// What becomes of bytes that the disk won't have: a pure decision from the error and the time.
struct WriteTrouble: Hashable {
    enum Course: Hashable {
        /// Try again later.
        case retry
        /// It will never be written.
        case giveUp
    }

    /// How long a disk may fail before its bytes are given up, in nanoseconds. One that is full may stay so: somebody will free space.
    static let patience: Int64 = 600_000_000_000

    /// When the first of the failures in a row came, in nanoseconds since boot.
    private var began: Int64?

    mutating func course(after code: Int32, at now: Int64) -> Course {
        let began = began ?? now
        self.began = began
        return switch code {
        case ENOSPC, EDQUOT: .retry
        case EIO, EROFS, ENOMEM, EAGAIN: now - began < Self.patience ? .retry : .giveUp
        default: .giveUp
        }
    }

    /// A write succeeded.
    mutating func passed() {
        began = nil
    }
}
