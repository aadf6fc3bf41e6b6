import FloydOS
import Glibc
import Testing

/// A file system in memory that holds little, gone at the end of the test. Mounting takes root.
final class SmallDisk {
    let path: String

    static let isPossible: Bool = geteuid() == 0 && (try? SmallDisk(mebibytes: 1)) != nil

    init(mebibytes: Int) throws {
        var template = Array("/tmp/floyd-disk-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        chmod(path, 0o711)
        guard try Self.run(["/bin/mount", "-t", "tmpfs", "-o", "size=\(mebibytes)m", "floyd-test", path]) else {
            rmdir(path)
            throw SystemError("mount", path: path, code: EPERM)
        }
    }

    deinit {
        // Lazily: a worker that a failed test left may still hold a file.
        _ = try? Self.run(["/bin/umount", "-l", path])
        rmdir(path)
    }

    func resize(mebibytes: Int) throws {
        guard try Self.run(["/bin/mount", "-o", "remount,size=\(mebibytes)m", path]) else {
            throw SystemError("mount", path: path, code: EPERM)
        }
    }

    /// Takes all the space that is left.
    func fill() throws {
        let file = try FileDescriptor.open("\(path)/ballast", O_WRONLY | O_CREAT)
        for size in [1 << 16, 1 << 12] {
            let bytes = [UInt8](repeating: 1, count: size)
            while (try? file.write(all: bytes)) != nil {}
        }
    }

    private static func run(_ arguments: [String]) throws -> Bool {
        let null = try FileDescriptor.open("/dev/null", O_RDWR)
        let pid = try ProcessCommand(arguments[0], arguments: arguments, descriptors: [null.raw, null.raw, null.raw])
            .spawn()
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        try null.close()
        return status == 0
    }
}
