import Foundation
import Glibc
import Testing

extension TLSProxy {
    /// nginx with a self-made certificate.
    ///
    /// - Parameter ports: of TLS, and of what only leads there.
    static func prepareNginx(in folder: String, _ ports: (Int, Int), before server: Server) async throws -> Prepared {
        let (key, certificate) = ("\(folder)/key.pem", "\(folder)/certificate.pem")
        var openssl = Command(program: "/usr/bin/openssl")
        openssl.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=floydlite-test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
        ]
        let made = try await openssl.run()
        try #require(made.status == 0, "\(made.testDescription)")
        let deployed = try deployed(
            "nginx/floydlite.conf",
            [
                "server 127.0.0.1:8080;": "server 127.0.0.1:\(server.port);",
                "listen 80;": "listen 127.0.0.1:\(ports.1);",
                "listen [::]:80;": "",
                "listen 443 ssl http2;": "listen 127.0.0.1:\(ports.0) ssl http2;",
                "listen [::]:443 ssl http2;": "",
                "server_name floydlite.example.org;": "server_name 127.0.0.1;",
                "/etc/ssl/floydlite/fullchain.pem": certificate,
                "/etc/ssl/floydlite/privkey.pem": key,
            ]
        )
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \(folder)/\($0);" }
        let config = """
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
        try Data(config.utf8).write(to: URL(filePath: "\(folder)/nginx.conf"))
        let arguments = ["-e", "\(folder)/error.log", "-p", folder, "-c", "\(folder)/nginx.conf"]
        return Prepared(command: Command(program: Program.nginx.path, arguments: arguments), certificate: certificate)
    }

    /// Caddy with certificates of an authority of its own, which it makes for addresses that are nobody's.
    ///
    /// - Parameter ports: of TLS, and of what only leads there.
    static func prepareCaddy(in folder: String, _ ports: (Int, Int), before server: Server) throws -> Prepared {
        let deployed = try deployed(
            "caddy/Caddyfile",
            [
                "floydlite.example.org {": "127.0.0.1 {",
                "reverse_proxy 127.0.0.1:8080 {": "reverse_proxy 127.0.0.1:\(server.port) {",
            ]
        )
        let config = """
            {
                admin off
                https_port \(ports.0)
                http_port \(ports.1)
                default_bind 127.0.0.1
                storage file_system \(folder)/storage
                skip_install_trust
            }
            \(deployed)
            """
        try Data(config.utf8).write(to: URL(filePath: "\(folder)/Caddyfile"))
        var command = Command(program: Program.caddy.path)
        command.arguments = ["run", "--adapter", "caddyfile", "--config", "\(folder)/Caddyfile"]
        command.environment = Command.basicEnvironment.merging(["HOME": folder]) { $1 }
        return Prepared(command: command, certificate: "\(folder)/storage/pki/authorities/local/root.crt")
    }
}
