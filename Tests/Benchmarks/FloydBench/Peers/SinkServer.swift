import FloydLab
import Glibc

/// The HTTP server alone, without anything behind it that stores or hashes (`HTTPBench`).
final class SinkServer {
    let endpoint: Endpoint
    private let child: Child
    var pid: pid_t { child.pid }

    /// nil: it was not built.
    init?(_ bench: Bench) throws {
        let program = "\(bench.product.binaries.folder)/HTTPBench"
        guard access(program, X_OK) == 0 else { return nil }
        endpoint = .port(try LoopbackPort.free())
        child = try Child(Command(program, [endpoint.listen]))
        try endpoint.wait(for: child, "HTTPBench")
    }

    deinit {
        child.end()
    }
}
