import FloydLab
import FloydOS
import Glibc

/// An nginx with one worker: `GET /healthz`, and `PUT` of files into its folder.
final class Nginx {
    static let name = "nginx"
    let port: UInt16
    /// Where files that are put arrive.
    let files: String
    private let child: Child

    /// nil: it is not installed.
    init?(in scratch: Scratch) throws {
        guard let program = Executable.find("nginx") else { return nil }
        let folder = try scratch.folder("nginx")
        files = try scratch.folder("nginx/files")
        for name in ["body", "logs"] { _ = try scratch.folder("nginx/\(name)") }
        port = try LoopbackPort.free()
        let config = """
            \(geteuid() == 0 ? "user root;" : "")
            worker_processes 1;
            daemon off;
            pid \(folder)/pid;
            error_log \(folder)/logs/error.log;
            events { worker_connections 1024; }
            http {
                access_log off;
                sendfile on;
                keepalive_requests 1000000000;
                client_max_body_size 0;
                client_body_buffer_size 256k;
                client_body_temp_path \(folder)/body;
                fastcgi_temp_path \(folder)/body;
                proxy_temp_path \(folder)/body;
                scgi_temp_path \(folder)/body;
                uwsgi_temp_path \(folder)/body;
                server {
                    listen 127.0.0.1:\(port);
                    root \(files);
                    location / { dav_methods PUT DELETE; }
                    location = /healthz { default_type application/json; return 200 '{"status":"ok"}'; }
                }
            }

            """
        try TextFile.write(config, to: "\(folder)/nginx.conf")
        child = try Child(
            Command(program, ["-e", "\(folder)/logs/error.log", "-p", folder, "-c", "\(folder)/nginx.conf"]),
            log: "\(folder)/logs/start.log"
        )
        do {
            try Endpoint.port(port).wait(for: child, "nginx")
        } catch {
            throw LabError("\(error): \(ProcessFile.text("\(folder)/logs/start.log"))")
        }
    }

    deinit {
        child.end()
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// The master and its worker.
    func processes() throws -> [pid_t] {
        [child.pid] + Descendants.of(child.pid, among: try ProcessStatus.all()).map(\.pid)
    }
}
