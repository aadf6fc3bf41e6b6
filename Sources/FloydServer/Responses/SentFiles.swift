import FloydHTTP
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The files that are being sent. However many ask for the same one, it is open once: who asks and then doesn't read costs a connection and
/// no descriptor besides.
final class SentFiles: Sendable {
    /// Those of this process, which has the descriptors.
    static let shared = SentFiles()

    /// A file as long as it is open; its number may be another one's after that.
    private struct Key: Hashable {
        let device: dev_t
        let inode: ino_t
    }

    private struct Weak {
        weak var file: SentFile?
    }

    private let files = Mutex<[Key: Weak]>([:])

    /// The file behind `descriptor`, which is taken over: it is closed at once where the file is being sent already.
    func file(owning descriptor: Int32) -> SentFile {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return SentFile(owning: descriptor) }
        let key = Key(device: status.st_dev, inode: status.st_ino)
        return files.withLock { files in
            if let file = files[key]?.file {
                close(descriptor)
                return file
            }
            if files.count >= 256 { files = files.filter { $0.value.file != nil } }
            let file = SentFile(owning: descriptor)
            files[key] = Weak(file: file)
            return file
        }
    }
}
