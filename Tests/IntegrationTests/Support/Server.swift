import Foundation
import Glibc
import Synchronization

/// A real `floydlited` on a port of its own, with a data folder and a config of its own.
final class Server: Sendable {
    /// What tests that care for nothing of this have: room for some jobs, and no GPUs whatever the machine has.
    static let plainConfig = """
        resources: {cpus: 8, gpus: []}
        instance_types: {cpu: {cpus: 2}, gpu: {gpus: 0, cpus: 2}}
        grace_period: 2s
        """

    /// The names of the tutorial, without their packages: building them needs no network.
    static let plainEnvironments = """
        python: {python: "3.11", packages: []}
        sklearn: {python: "3.11", packages: []}
        keras: {python: "3.11", packages: []}
        """

    let actor: Actor
    /// The server's own folder in the scene.
    let folder: String
    var dataFolder: String { "\(folder)/data" }
    var configFile: String { "\(folder)/floydlited.yml" }

    private struct Running: Sendable {
        var child: Child
        var port: Int
    }

    private let running = Mutex<Running?>(nil)
    private let environment: [String: String]
    private let hidden: [String]

    /// Starts a server in the running test's scene, which ends it.
    ///
    /// - Parameters:
    ///   - config: all of the config but `uv`.
    ///   - environment: what its environment has besides the usual.
    ///   - hidden: programs of the machine that it doesn't find.
    static func start(
        as actor: Actor = .tester,
        config: String = plainConfig,
        environments: String = plainEnvironments,
        environment: [String: String] = [:],
        hiding hidden: [String] = []
    ) async throws -> Server {
        let server = try Server(actor, config, environments, environment, hidden)
        try await server.start()
        return server
    }

    private init(
        _ actor: Actor,
        _ config: String,
        _ environments: String,
        _ environment: [String: String],
        _ hidden: [String]
    ) throws {
        let scene = try Scene.current
        self.actor = actor
        self.environment = environment
        self.hidden = hidden
        folder = try scene.makeFolder("server", for: actor)
        let uv = try Self.uv(for: actor, isIsolated: !config.contains("isolation: none"), in: scene)
        try Data("uv: \(uv)\n\(config)\n".utf8).write(to: URL(filePath: "\(folder)/floydlited.yml"))
        try Data(environments.utf8).write(to: URL(filePath: "\(folder)/environments.yml"))
        scene.atEnd {
            await self.kill()
            await self.endWorkers()
        }
    }

    /// The path of an installer that jobs of a server of `actor` may run: without a sandbox, the way to the one in the tester's home
    /// is closed to others.
    private static func uv(for actor: Actor, isIsolated: Bool, in scene: Scene) throws -> String {
        guard let uv = Programs.uv else { return "uv" }
        guard actor != .tester || !isIsolated else { return uv }
        let copy = try scene.makeFolder("bin") + "/uv"
        try FileManager.default.copyItem(atPath: uv, toPath: copy)
        return copy
    }

    var port: Int { running.withLock { $0?.port ?? 0 } }
    var address: String { "http://127.0.0.1:\(port)" }
    var pid: pid_t { running.withLock { $0?.child.pid ?? 0 } }
    /// What it said since it was started last.
    var log: String { running.withLock { $0?.child.errors.value.text ?? "" } }

    /// Starts it, again after `kill` or `stop`: with the same folder, on the same port.
    ///
    /// - Parameter environment: what its environment has besides, this time.
    func start(environment: [String: String] = [:]) async throws {
        var command = serve("--listen", "127.0.0.1:\(port)")
        command.environment.merge(environment) { $1 }
        let child = try await command.start()
        running.withLock { $0 = Running(child: child, port: $0?.port ?? 0) }
        let line = try await child.errorLine(with: "listening on http://127.0.0.1:")
        let digits = line.split(separator: ":").last.map { $0.prefix { $0.isASCII && $0.isNumber } } ?? ""
        running.withLock { $0 = Running(child: child, port: Int(digits) ?? 0) }
    }

    /// `floydlited serve` on this server's folder.
    func serve(_ arguments: String...) -> Command {
        daemon(["serve", "--config", configFile, "--data-dir", dataFolder] + arguments)
    }

    func daemon(_ arguments: [String]) -> Command {
        var command = Command(program: Programs.floydlited, arguments: arguments)
        command.environment = Command.basicEnvironment.merging(environment) { $1 }
        command.environment["HOME"] = folder
        command.folder = folder
        command.actor = actor
        command.hidden = hidden
        return command
    }

    /// How it ended by itself, which it is about to do: the exit code, 128 + n for signal n.
    func end() async throws -> Int32? {
        try await running.withLock { $0?.child }?.end()
    }

    /// SIGKILL.
    func kill() async {
        await end(SIGKILL)
    }

    /// SIGTERM, and SIGKILL if that is not enough.
    ///
    /// - Returns: the exit code.
    @discardableResult
    func stop() async -> Int32? {
        await end(SIGTERM)
    }

    @discardableResult
    private func end(_ signal: Int32) async -> Int32? {
        guard let child = running.withLock({ $0?.child }) else { return nil }
        child.signal(signal)
        if let status = try? await child.end(within: .seconds(20)) { return status }
        child.signal(SIGKILL)
        return try? await child.end(within: .seconds(20))
    }

    /// Jobs outlive their server, but not the test.
    private func endWorkers() async {
        for worker in workers() {
            Glibc.kill(worker.pid, SIGKILL)
            _ = try? await eventually("the end of worker \(worker.pid)") { worker.isAlive ? nil : true }
        }
    }
}
