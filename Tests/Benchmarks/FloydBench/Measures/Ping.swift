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
        // As many threads that serve as nginx has workers.
        var settings = Server.Settings()
        settings.config = ["http: {loops: 1}"]
        let server = try Server(bench.product, in: bench.disk, settings)
        defer { server.end() }
        let nginx = try Nginx(in: bench.disk)
        var (ours, peer) = (Course(), Course())
        for _ in 0..<(bench.rounds ?? 3) {
            try Interruption.check()
            try measure(wrk, server.url, [server.pid], &ours)
            if let nginx { try measure(wrk, nginx.url, try nginx.processes(), &peer) }
        }
        return [
            Row(
                measure: "ping, 64 connections",
                unit: .perSecond,
                ours: ours.rates,
                peer: .measured(Nginx.name, peer.rates)
            ),
            Row(measure: "  processor time each", ours: ours.costs, peer: .measured(Nginx.name, peer.costs)),
        ]
    }

    private struct Course {
        var rates = Samples()
        var costs = Samples()
    }

    private func measure(_ wrk: String, _ url: String, _ pids: [pid_t], _ course: inout Course) throws {
        let before = ProcessorTime(of: pids).seconds
        let rate = try rate(wrk, url)
        course.rates.add(rate)
        course.costs.add((ProcessorTime(of: pids).seconds - before) / (rate * Double(Self.seconds)))
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
