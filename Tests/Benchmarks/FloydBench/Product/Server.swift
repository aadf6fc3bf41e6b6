import FloydClient
import FloydModel
import FloydOS
import FloydTree
import Glibc

/// A real daemon with a folder and an account of its own, and a project with a little code in it.
final class Server {
    enum Isolation: String {
        case bubblewrap
        case none
    }

    let folder: String
    let port: UInt16
    /// The folder of a project; its code is one small file.
    let project: String
    private let bench: Bench
    private let child: Child
    let token: String
    private var hasEnded = false

    /// - Parameters:
    ///   - scratch: where its folder is made.
    ///   - slots: how many jobs may run at a time.
    init(_ bench: Bench, in scratch: Scratch, isolation: Isolation = .bubblewrap, slots: Int? = nil) throws {
        self.bench = bench
        let folder = try scratch.folder("server-\(isolation.rawValue)")
        self.folder = folder
        port = try LoopbackPort.free()
        project = "\(folder)/project"
        let uv = try bench.uv.map { original in
            // Where root's home is closed to others, the uid that builds environments would not find it there.
            _ = try Command("/bin/cp", [original, "\(folder)/uv"]).succeed()
            return "\(folder)/uv"
        }
        let config = """
            isolation: \(isolation.rawValue)
            uv: \(uv ?? "uv")
            log_level: warning
            resources: {cpus: \(slots ?? bench.slots)}
            instance_types: {cpu: {cpus: 1}}

            """
        try TextFile.write(config, to: "\(folder)/floydlited.yml")
        let log = "\(folder)/floydlited.log"
        child = try Child(
            Command(
                bench.binaries.daemon,
                [
                    "serve", "--config", "\(folder)/floydlited.yml", "--data-dir", "\(folder)/data",
                    "--listen", "127.0.0.1:\(port)",
                ]
            ),
            log: log
        )
        do {
            try LoopbackPort.wait(for: port, of: child, "floydlited")
        } catch {
            throw BenchError("\(error): \(ProcessFile.text(log))")
        }
        let account = Command(bench.binaries.daemon, ["user", "add", "bench", "--data-dir", "\(folder)/data"])
        token = String(try account.succeed().output.prefix { $0 != "\n" })
        try Folder.create(project, mode: 0o755)
        try TextFile.write(Self.code, to: "\(project)/main.py")
        _ = try command(["init", "bench"], in: project).succeed()
    }

    deinit {
        end()
    }

    /// Ends the daemon, and what it has started.
    func end() {
        guard !hasEnded else { return }
        hasEnded = true
        child.end()
        // Jobs go on without a daemon; these have nobody who would ever ask for them.
        do {
            for worker in try workers() { kill(worker.pid, SIGKILL) }
        } catch {
            Report.say("workers may be left: \(error)")
        }
    }

    /// Ends it and removes its folder.
    func discard() throws {
        end()
        try Folder.removeTree(folder)
    }

    var memory: Memory { Memory(of: child.pid) }
    var url: String { "http://127.0.0.1:\(port)" }

    /// The supervisors of running attempts.
    func workers() throws -> [ProcessStatus] {
        try ProcessFile.processes(mentioning: "floydlite-worker \(folder)/")
    }

    /// A `floydlite` command.
    func command(_ arguments: [String], in folder: String) -> Command {
        Command(
            bench.binaries.client,
            arguments,
            environment: ["FLOYDLITE_HOST=\(url)", "FLOYDLITE_TOKEN=\(token)", "HOME=\(self.folder)"],
            folder: folder
        )
    }

    /// A client on a connection of its own.
    func client() throws -> FloydClient {
        let address = try ServerAddress(parsing: url)
        return FloydClient(address: address, token: token, transport: try CurlTransport(to: address))
    }

    private static let code = "import time\nprint(time.time())\n"

    /// The project's code as a manifest: what a client sends that finds it unchanged.
    static var manifest: [UInt8] {
        let bytes = Array(code.utf8)
        return ManifestCoding.line(
            ManifestEntry(path: "main.py", kind: .file, size: Int64(bytes.count), sha256: FileHasher.sha256(bytes))
        )
    }
}

/// Small files.
enum TextFile {
    static func write(_ text: String, to path: String) throws {
        let file = try FileDescriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        try file.write(all: Array(text.utf8))
        try file.close()
    }
}
