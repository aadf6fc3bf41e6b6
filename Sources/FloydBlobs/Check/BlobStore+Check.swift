import FloydModel
import FloydOS
public import FloydTree
import Glibc

extension BlobStore {
    /// What is wrong with a stored content, its hash not looked at; nil where all is well.
    ///
    /// - Parameter size: bytes that it should have; nil: any.
    public func flaw(of id: ContentID, size: Int64?) -> ContentFlaw? {
        do {
            let file = try FileDescriptor.open(layout.content(id), FileDescriptor.readingQuietly)
            return Self.flaw(of: try file.status(), size)
        } catch {
            return Self.flaw(error)
        }
    }

    /// The same, its hash looked at.
    ///
    /// - Parameter reading: is told of each piece that was read, in bytes, and may end it by throwing.
    public func flaw<Failure>(
        of id: ContentID,
        size: Int64?,
        reading: (Int) throws(Failure) -> Void
    ) throws(Failure) -> ContentFlaw? {
        let outcome: Result<[UInt8], Failure>
        do throws(SystemError) {
            let file = try FileDescriptor.open(layout.content(id), FileDescriptor.readingQuietly)
            if let flaw = Self.flaw(of: try file.status(), size) { return flaw }
            outcome = try Self.hash(file, hashAlgorithm, reading)
        } catch {
            return Self.flaw(error)
        }
        return try outcome.get() == id.hash ? nil : .wrongHash
    }

    private static func flaw(of status: FileStatus, _ size: Int64?) -> ContentFlaw? {
        guard status.kind == .file else { return .wrongKind }
        if let size, status.size != size { return .wrongSize(status.size, of: size) }
        return status.mode & 0o222 == 0 ? nil : .writable
    }

    private static func flaw(_ error: SystemError) -> ContentFlaw {
        switch error.code {
        case ENOENT: .missing
        case ELOOP, ENXIO, ENODEV: .wrongKind
        default: .unreadable("\(error)")
        }
    }

    private static func hash<Failure>(
        _ file: borrowing FileDescriptor,
        _ algorithm: HashAlgorithm,
        _ reading: (Int) throws(Failure) -> Void
    ) throws(SystemError) -> Result<[UInt8], Failure> {
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        defer { piece.deallocate() }
        var hasher = FileHasher(algorithm)
        while true {
            let count = try file.read(into: piece)
            if count == 0 { return .success(hasher.finalize()) }
            hasher.update(UnsafeRawBufferPointer(rebasing: piece[..<count]))
            do throws(Failure) {
                try reading(count)
            } catch {
                return .failure(error)
            }
        }
    }

    /// Bytes of a stored content; 0 where there is none.
    public func size(of id: ContentID) -> Int64 {
        ((try? FileStatus.of(layout.content(id))) ?? nil)?.size ?? 0
    }

    /// The content of a file of a tree; nil for anything else, and for an empty one.
    public static func content(of entry: ManifestEntry) -> ContentID? {
        ContentID(of: entry)
    }
}
