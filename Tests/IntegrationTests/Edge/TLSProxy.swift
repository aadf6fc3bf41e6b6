import Foundation
import Glibc
import Testing

/// A proxy with TLS before a server, one of Debian's programs with the configuration that is deployed.
struct TLSProxy: Sendable {
    enum Program: String, CaseIterable, Sendable, CustomTestStringConvertible {
        case nginx, caddy

        var path: String { self == .nginx ? "/usr/sbin/nginx" : "/usr/bin/caddy" }
        var testDescription: String { rawValue }

        /// Those that are here.
        static var installed: [Program] {
            allCases.filter { access($0.path, X_OK) == 0 && ($0 != .nginx || access("/usr/bin/openssl", X_OK) == 0) }
        }
    }

    /// What to run, and the file of the certificate that clients are to trust.
    struct Prepared {
        var command: Command
        var certificate: String
    }

    let program: Program
    /// Of TLS.
    let port: Int
    let plainPort: Int
    /// The file that clients are to trust.
    let certificate: String

    var address: String { "https://127.0.0.1:\(port)" }

    /// What a client's environment says so that it trusts the certificate.
    var trust: [String: String] { ["SSL_CERT_FILE": certificate] }

    static func start(_ program: Program, before server: Server) async throws -> TLSProxy {
        let folder = try Scene.current.makeFolder("proxy")
        let ports = (try freePort(), try freePort())
        let prepared =
            switch program {
            case .nginx: try await prepareNginx(in: folder, ports, before: server)
            case .caddy: try prepareCaddy(in: folder, ports, before: server)
            }
        let proxy = TLSProxy(
            program: program,
            port: ports.0,
            plainPort: ports.1,
            certificate: prepared.certificate
        )
        let child = try await prepared.command.start()
        try Scene.current.atEnd {
            child.signal(SIGTERM)
            _ = try? await child.end()
        }
        _ = try await eventually("\(program.rawValue) to answer") {
            if child.hasEnded { throw FixtureFailure(description: "it ended: \(child.errors.value.text)") }
            return try await proxy.curl("\(proxy.address)/healthz").status == 0 ? true : nil
        }
        return proxy
    }

    /// `curl`, which trusts the certificate.
    func curl(_ words: String..., from source: String = "127.0.0.1") async throws -> Outcome {
        var command = Command(program: "/usr/bin/curl")
        command.arguments = ["-sS", "-m", "20", "--interface", source, "--cacert", certificate] + words
        command.environment = Command.basicEnvironment
        return try await command.run()
    }

    /// A file under `deploy/`, with what it says that is another's here replaced.
    static func deployed(_ path: String, _ replacements: KeyValuePairs<String, String>) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        var text = try String(contentsOf: root.appending(path: "deploy/\(path)"), encoding: .utf8)
        for (place, replacement) in replacements {
            try #require(text.contains(place), "the deployed file no longer says \(place)")
            text = text.replacing(place, with: replacement)
        }
        return text
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
