import FloydOS
import FloydTree
import Glibc

/// Copies of files with the hash of the copy.
enum HashingCopy {
    private static let pieceSize = 1 << 18

    /// Makes the content of `from` that of the empty file `to`, sharing blocks where the file system can.
    ///
    /// - Parameter limit: bytes of the copy at most.
    /// - Returns: nil where there are more than `limit`.
    static func copy(
        from: borrowing FileDescriptor,
        to: borrowing FileDescriptor,
        limit: Int64?,
        _ algorithm: HashAlgorithm
    ) throws(SystemError) -> StagedFile? {
        if FileCopy.clone(from: from, to: to) {
            if let limit, try to.status().size > limit { return nil }
            return try hash(to, algorithm)
        }
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceSize, alignment: 64)
        defer { piece.deallocate() }
        var hasher = FileHasher(algorithm)
        var size: Int64 = 0
        while true {
            let count = try from.read(into: piece, at: size)
            if count == 0 { return StagedFile(hash: hasher.contentHash(), size: size) }
            size += Int64(count)
            if let limit, size > limit { return nil }
            let bytes = UnsafeRawBufferPointer(rebasing: piece[..<count])
            try to.write(all: bytes)
            hasher.update(bytes)
        }
    }

    /// The hash of all that the file holds.
    static func hash(_ file: borrowing FileDescriptor, _ algorithm: HashAlgorithm) throws(SystemError) -> StagedFile {
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceSize, alignment: 64)
        defer { piece.deallocate() }
        var hasher = FileHasher(algorithm)
        var size: Int64 = 0
        while true {
            let count = try file.read(into: piece, at: size)
            if count == 0 { return StagedFile(hash: hasher.contentHash(), size: size) }
            size += Int64(count)
            hasher.update(UnsafeRawBufferPointer(rebasing: piece[..<count]))
        }
    }
}
