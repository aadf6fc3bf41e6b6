import FloydOS
import Foundation
import Glibc

/// A file system whose files can share blocks (XFS in a file), gone at the end of the test. Mounting takes root.
final class SharingDisk {
    let path: String
    private let image: String

    static let isPossible: Bool = geteuid() == 0 && (try? SharingDisk()) != nil

    init() throws {
        let name = "/var/tmp/floyd-sharing-\(UUID().uuidString)"
        path = name
        image = "\(name).image"
        // The least that mkfs.xfs makes; of it, as much is on the disk as is written.
        let file = try FileDescriptor.open(image, O_WRONLY | O_CREAT | O_EXCL)
        try file.truncate(to: 320 << 20)
        mkdir(path, 0o755)
        guard Self.run("mkfs.xfs", "-q", "-m", "reflink=1", image), Self.run("mount", "-o", "loop", image, path) else {
            rmdir(path)
            unlink(image)
            throw SystemError("mount", path: path, code: EPERM)
        }
    }

    deinit {
        _ = Self.run("umount", "-l", path)
        rmdir(path)
        unlink(image)
    }

    /// Bytes that nobody has, with everything on the disk.
    var free: Int64 {
        get throws {
            try FileSystemSync(of: path).run()
            return FileSystem.free(path) ?? 0
        }
    }

    private static func run(_ arguments: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
