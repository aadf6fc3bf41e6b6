internal import CFloydLinux
internal import Glibc

/// Finding a byte, as fast as the C library can.
public enum ByteSearch {
    /// Where the first `byte` at `start` or behind it stands.
    public static func first(_ byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int = 0) -> Int? {
        guard start < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + start, Int32(byte), bytes.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// Where the last `byte` before `end` stands.
    public static func last(_ byte: UInt8, in bytes: UnsafeRawBufferPointer, before end: Int) -> Int? {
        guard end > 0, let base = bytes.baseAddress else { return nil }
        let found = floyd_last_byte(base, Int32(byte), min(end, bytes.count))
        return found < 0 ? nil : found
    }
}
