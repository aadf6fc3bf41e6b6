import FloydLab
import Glibc

/// The smallest request there is, as often as the server can.
struct Ping: Measure {
    let name = "ping"
    let about = "`wrk -t1 -c64` on /healthz; a constant answer of nginx with one worker"

    private static let seconds = 3

    func run(_ bench: Bench) throws -> [Row] {
        guard let wrk = Executable.find("wrk") else {
            return [Row(measure: "ping", unit: .perSecond, ours: Samples(), peer: .absent("no wrk"))]
        }
        let server = try Server(bench, in: bench.disk)
        defer { server.end() }
        let nginx = try Nginx(in: bench.disk)
        var (ours, peer) = (Samples(), Samples())
        for _ in 0..<(bench.rounds ?? 3) {
            try Interruption.check()
            ours.add(try rate(wrk, server.url))
            if let nginx { peer.add(try rate(wrk, nginx.url)) }
        }
        return [Row(measure: "ping, 64 connections", unit: .perSecond, ours: ours, peer: .measured(Nginx.name, peer))]
    }

    private func rate(_ wrk: String, _ url: String) throws -> Double {
        let output = try Command(wrk, ["-t1", "-c64", "-d\(Self.seconds)s", "\(url)/healthz"]).succeed().output
        guard !output.contains("Non-2xx") else { throw LabError("\(url) refuses: \(output)") }
        let line = output.split(separator: "\n").first { $0.hasPrefix("Requests/sec:") }
        guard let rate = line?.split(separator: " ").last.flatMap({ Double($0) }) else {
            throw LabError("wrk says nothing of a rate: \(output)")
        }
        return rate
    }
}
