import FloydAPI
import FloydClient
import FloydModel
import FoundationEssentials

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Fetches a job's results into a folder. Each file appears whole or not at all; one that is there already is replaced.
struct OutputDownload {
    var client: FloydClient
    var context: CommandContext
    var folder: String

    func fetch(_ output: OutputResponse) throws(FloydError) {
        // The server is not trusted with where files go here.
        for file in output.files where !Self.isSafe(file.path) {
            throw FloydError(
                .invalidPath,
                "the server names a file \(TextStyle.printable(file.path)), which leaves the folder"
            )
        }
        try LocalFile.makeFolder(folder, mode: 0o777)
        var count = 0
        var size: Int64 = 0
        for file in output.files {
            let path = "\(folder)/\(file.path)"
            switch file.type {
            case "dir":
                try LocalFile.makeFolder(path, mode: 0o777)
            case "file":
                try LocalFile.makeFolder(LocalFile.parent(of: path), mode: 0o777)
                size += try fetch(file, of: Reference(.id(output.id)), to: path)
                count += 1
            default:
                context.console.note("floydlite: \(TextStyle.printable(file.path)) is a \(file.type) and not fetched")
            }
        }
        context.console.note("\(count) file\(count == 1 ? "" : "s"), \(TextStyle.bytes(size)), in \(folder)")
    }

    /// Whether `path` stays beneath the folder it is appended to.
    static func isSafe(_ path: String) -> Bool {
        !path.utf8.contains(0)
            && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0 != "." && $0 != ".."
            }
    }

    private func fetch(_ file: OutputResponse.File, of job: Reference, to path: String) throws(FloydError) -> Int64 {
        let temporary = "\(path).\(getpid()).part"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw LocalFile.flaw("can't write", path) }
        var isOpen = true
        defer {
            if isOpen {
                close(descriptor)
                unlink(temporary)
            }
        }
        var size: Int64 = 0
        try client.outputFile(file.path, of: job) { bytes throws(FloydError) in
            guard LocalFile.writeAll(bytes, to: descriptor) else { throw LocalFile.flaw("can't write", path) }
            size += Int64(bytes.count)
        }
        let seconds = Int(file.modified.timeIntervalSince1970)
        var times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
        // A time that can't be kept is no reason to lose the file.
        futimens(descriptor, &times)
        isOpen = false
        guard close(descriptor) == 0, rename(temporary, path) == 0 else {
            let error = LocalFile.flaw("can't write", path)
            unlink(temporary)
            throw error
        }
        return size
    }
}
