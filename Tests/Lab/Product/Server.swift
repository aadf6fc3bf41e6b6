package import FloydClient
package import FloydModel
package import FloydOS
import FloydTree
package import Glibc

/// The programs that are put to the test, and what they need of the machine.
package struct Product: Sendable {
    package let binaries: Binaries
    /// nil: the environment of jobs can't be built, and no job runs.
    package let uv: String?

    package init(binaries: Binaries, uv: String?) {
        self.binaries = binaries
        self.uv = uv
    }
}

/// A real daemon with a folder and an account of its own, and a project with a little code in it.
///
/// One thread has it; what others need is its `access`.
package final class Server {
    package enum Isolation: String, Sendable, CaseIterable {
        case bubblewrap
        case none
    }

    /// What its config says beside what all have.
    package struct Settings: Sendable {
        package var isolation = Isolation.bubblewrap
        /// How many jobs may run at a time.
        package var slots = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        /// The value of `instance_types`.
        package var instanceTypes = "{cpu: {cpus: 1}}"
        /// Further lines of the config.
        package var config: [String] = []
        /// nil: a folder in the server's own.
        package var dataFolder: String?
        /// Whether it listens on a Unix socket instead of a port.
        package var usesSocket = false
        /// What the daemon's environment has besides the usual, at its first start.
        package var environment: [String] = []

        package init() {}
    }

    package let folder: String
    package let dataFolder: String
    package let endpoint: Endpoint
    /// The folder of a project; its code is one small file.
    package let project: String
    package let access: ServerAccess
    private let product: Product
    private var child: Child
    private var hasEnded = false

    /// Starts it.
    ///
    /// - Parameter scratch: where its folder is made.
    package init(_ product: Product, in scratch: Scratch, _ settings: Settings = Settings()) throws {
        self.product = product
        let folder = try scratch.folder("server-\(settings.isolation.rawValue)\(settings.usesSocket ? "-socket" : "")")
        self.folder = folder
        dataFolder = settings.dataFolder ?? "\(folder)/data"
        endpoint = settings.usesSocket ? .socket("\(folder)/socket") : .port(try LoopbackPort.free())
        project = "\(folder)/project"
        let uv = try product.uv.map { original in
            // Where root's home is closed to others, the uid that builds environments would not find it there.
            _ = try Command("/bin/cp", [original, "\(folder)/uv"]).succeed()
            return "\(folder)/uv"
        }
        let config = [
            "isolation: \(settings.isolation.rawValue)",
            "uv: \(uv ?? "uv")",
            "log_level: warning",
            "resources: {cpus: \(settings.slots)}",
            "instance_types: \(settings.instanceTypes)",
        ]
        let text = (config + settings.config).map { $0 + "\n" }.joined()
        try TextFile.write(text, to: Self.configFile(in: folder))
        child = try Self.serve(product, folder, dataFolder, endpoint, settings.environment)
        try Self.wait(for: child, endpoint, folder)
        access = try Self.addAccount("bench", product, dataFolder, endpoint)
        try makeProject(in: project, access)
    }

    /// Makes another account, with a project of its own.
    ///
    /// - Returns: the account, and the folder of the project.
    package func admit(_ name: String) throws -> (access: ServerAccess, project: String) {
        let access = try Self.addAccount(name, product, dataFolder, endpoint)
        let project = "\(folder)/project-\(name)"
        try makeProject(in: project, access)
        return (access, project)
    }

    private static func addAccount(
        _ name: String,
        _ product: Product,
        _ dataFolder: String,
        _ endpoint: Endpoint
    ) throws -> ServerAccess {
        let account = Command(product.binaries.daemon, ["user", "add", name, "--data-dir", dataFolder])
        let token = String(try account.succeed().output.prefix { $0 != "\n" })
        return ServerAccess(url: endpoint.url, token: token)
    }

    private func makeProject(in project: String, _ access: ServerAccess) throws {
        try Folder.create(project, mode: 0o755)
        try TextFile.write(Self.code, to: "\(project)/main.py")
        _ = try command(["init", "bench"], in: project, as: access).succeed()
    }

    deinit {
        end()
    }

    package var pid: pid_t { child.pid }
    /// Whether it has not ended by itself, or been ended.
    package var isRunning: Bool { child.isRunning }
    /// How it ended, as wait(2) has it; nil while it runs.
    package var status: Int32? { child.status }
    package var memory: Memory { Memory(of: child.pid) }
    package var url: String { access.url }
    /// Its config file.
    package var configuration: String { Self.configFile(in: folder) }
    package var logFile: String { Self.logFile(in: folder) }

    /// Ends the daemon with SIGKILL. What it has started goes on.
    package func kill() {
        child.kill()
    }

    /// Ends the daemon as an administrator does. What it has started goes on.
    package func stop() {
        child.end()
    }

    /// Starts it again after its end, with the same folder at the same place.
    ///
    /// - Parameters:
    ///   - environment: what its environment has besides the usual, this time.
    ///   - waits: whether to come back only when it listens.
    /// - Throws: `LabError` with what it said if it ends or doesn't listen.
    package func start(environment: [String] = [], waits: Bool = true) throws {
        child.end()
        hasEnded = false
        child = try Self.serve(product, folder, dataFolder, endpoint, environment)
        if waits { try wait() }
    }

    /// Whether it takes requests.
    package var isListening: Bool {
        endpoint.answers
    }

    /// Waits until it listens.
    package func wait() throws {
        try Self.wait(for: child, endpoint, folder)
    }

    /// Ends the daemon, and what it has started.
    package func end() {
        guard !hasEnded else { return }
        hasEnded = true
        child.end()
        // Jobs go on without a daemon; these have nobody who would ever ask for them.
        do {
            for worker in try workers() { Glibc.kill(worker.pid, SIGKILL) }
        } catch {
            Report.say("workers may be left: \(error)")
        }
    }

    /// Ends it and removes its folder.
    package func discard() throws {
        end()
        try Folder.removeTree(folder)
    }

    /// The supervisors of running attempts.
    package func workers() throws -> [ProcessStatus] {
        try ProcessFile.processes(mentioning: "floydlite-worker \(dataFolder)/")
    }

    /// A `floydlite` command of the server's first account, or another.
    package func command(_ arguments: [String], in folder: String, as access: ServerAccess? = nil) -> Command {
        let access = access ?? self.access
        return Command(
            product.binaries.client,
            arguments,
            environment: ["FLOYDLITE_HOST=\(access.url)", "FLOYDLITE_TOKEN=\(access.token)", "HOME=\(self.folder)"],
            folder: folder
        )
    }

    /// A client on a connection of its own.
    package func client() throws -> FloydClient {
        try access.client()
    }

    /// The project's code as a manifest: what a client sends that finds it unchanged.
    package static var manifest: [UInt8] {
        let bytes = Array(code.utf8)
        return ManifestCoding.line(
            ManifestEntry(path: "main.py", kind: .file, size: Int64(bytes.count), hash: FileHasher.hash(bytes, .blake3))
        )
    }

    private static let code = "import time\nprint(time.time())\n"

    private static func configFile(in folder: String) -> String { "\(folder)/floydlited.yml" }
    private static func logFile(in folder: String) -> String { "\(folder)/floydlited.log" }

    private static func serve(
        _ product: Product,
        _ folder: String,
        _ dataFolder: String,
        _ endpoint: Endpoint,
        _ environment: [String]
    ) throws -> Child {
        let arguments = [
            "serve", "--config", configFile(in: folder), "--data-dir", dataFolder, "--listen", endpoint.listen,
        ]
        return try Child(
            Command(product.binaries.daemon, arguments, environment: environment),
            log: logFile(in: folder)
        )
    }

    private static func wait(for child: Child, _ endpoint: Endpoint, _ folder: String) throws {
        do {
            try endpoint.wait(for: child, "floydlited", until: \.answers)
        } catch {
            throw LabError("\(error): \(ProcessFile.text(logFile(in: folder)).suffix(4096))")
        }
    }
}

/// How a server is reached, and as whom.
package struct ServerAccess: Sendable {
    package let url: String
    package let token: String

    /// A client on a connection of its own.
    ///
    /// - Parameters:
    ///   - isCancelled: asked while a request is under way; true gives it up.
    ///   - pause: waits between attempts at the same.
    package func client(
        isCancelled: @escaping () -> Bool = { Interruption.isRequested },
        pause: @escaping (Duration) -> Void = Pause.sleeping
    ) throws(FloydError) -> FloydClient {
        let address = try ServerAddress(parsing: url)
        return FloydClient(
            address: address,
            token: token,
            transport: try CurlTransport(to: address, isCancelled: isCancelled),
            pause: pause
        )
    }
}
