import Foundation
import Glibc
import Testing

/// Debian's nginx before a server, with the configuration that is deployed and a self-made certificate.
struct TLSProxy: Sendable {
    static let program = "/usr/sbin/nginx"
    static var isInstalled: Bool { access(program, X_OK) == 0 && access("/usr/bin/openssl", X_OK) == 0 }

    /// Of TLS.
    let port: Int
    let plainPort: Int
    /// The file that clients are to trust.
    let certificate: String

    var address: String { "https://127.0.0.1:\(port)" }

    /// What a client's environment says so that it trusts the certificate.
    var trust: [String: String] { ["SSL_CERT_FILE": certificate] }

    /// What the deployed configuration says that is another's here.
    private static let places = [
        "server 127.0.0.1:8080;", "listen 80;", "listen [::]:80;", "listen 443 ssl http2;",
        "listen [::]:443 ssl http2;",
        "server_name floydlite.example.org;", "/etc/ssl/floydlite/fullchain.pem", "/etc/ssl/floydlite/privkey.pem",
    ]

    static func start(before server: Server) async throws -> TLSProxy {
        let folder = try Scene.current.makeFolder("proxy")
        let (key, certificate) = ("\(folder)/key.pem", "\(folder)/certificate.pem")
        var openssl = Command(program: "/usr/bin/openssl")
        openssl.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=floydlite-test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
        ]
        let made = try await openssl.run()
        try #require(made.status == 0, "\(made.testDescription)")
        let proxy = TLSProxy(port: try freePort(), plainPort: try freePort(), certificate: certificate)
        let config = try proxy.configuration(folder, key, before: server)
        try Data(config.utf8).write(to: URL(filePath: "\(folder)/nginx.conf"))
        let child = try await Command(
            program: program,
            arguments: ["-e", "\(folder)/error.log", "-p", folder, "-c", "\(folder)/nginx.conf"]
        ).start()
        try Scene.current.atEnd {
            child.signal(SIGTERM)
            _ = try? await child.end()
        }
        _ = try await eventually("nginx to listen") {
            if child.hasEnded { throw FixtureFailure(description: "nginx ended: \(child.errors.value.text)") }
            return canConnect(proxy.port) ? true : nil
        }
        return proxy
    }

    private func configuration(_ folder: String, _ key: String, before server: Server) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        var deployed = try String(contentsOf: root.appending(path: "deploy/nginx/floydlite.conf"), encoding: .utf8)
        let replacements = [
            "server 127.0.0.1:\(server.port);", "listen 127.0.0.1:\(plainPort);", "",
            "listen 127.0.0.1:\(port) ssl http2;", "",
            "server_name 127.0.0.1;", certificate, key,
        ]
        for (place, replacement) in zip(Self.places, replacements) {
            try #require(deployed.contains(place), "the deployed file no longer says \(place)")
            deployed = deployed.replacing(place, with: replacement)
        }
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \(folder)/\($0);" }
        return """
            \(geteuid() == 0 ? "user root;" : "")
            worker_processes 1;
            daemon off;
            pid \(folder)/pid;
            error_log \(folder)/error.log;
            events { worker_connections 256; }
            http {
                access_log off;
                \(temporary.joined(separator: "\n"))
                \(deployed)
            }
            """
    }

    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func canConnect(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        return withUnsafePointer(to: loopback(port)) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        return address
    }
}
