import FloydLab
import FloydOS
import Glibc

/// An rsync daemon with one module, `files`.
final class RsyncDaemon {
    static let name = "rsync"
    let program: String
    let files: String
    let url: String
    private let child: Child

    /// nil: it is not installed.
    init?(in scratch: Scratch) throws {
        guard let program = Executable.find("rsync") else { return nil }
        self.program = program
        let folder = try scratch.folder("rsync")
        files = try scratch.folder("rsync/files")
        let port = try LoopbackPort.free()
        url = "rsync://127.0.0.1:\(port)/files/"
        let config = """
            use chroot = no
            log file = \(folder)/log
            pid file = \(folder)/pid
            \(geteuid() == 0 ? "uid = 0\ngid = 0" : "")
            [files]
            path = \(files)
            read only = no

            """
        try TextFile.write(config, to: "\(folder)/rsyncd.conf")
        child = try Child(
            Command(
                program,
                ["--daemon", "--no-detach", "--config=\(folder)/rsyncd.conf", "--address=127.0.0.1", "--port=\(port)"]
            ),
            log: "\(folder)/start.log"
        )
        do {
            try Endpoint.port(port).wait(for: child, "rsync")
        } catch {
            throw LabError("\(error): \(ProcessFile.text("\(folder)/log"))")
        }
    }

    deinit {
        child.end()
    }
}
