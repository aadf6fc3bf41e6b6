import FloydLab
import FloydModel
import Glibc

/// Many followers of one job.
struct Fanout: Measure {
    let name = "fanout"
    let about = "5,000 followers of a job that prints ten lines a second: what they get, and what it takes"

    private static let followers = 5000
    private static let lines = 100

    func run(_ bench: Bench) throws -> [Row] {
        DescriptorLimit.raise()
        let server = try Server(bench, in: bench.disk)
        defer { server.end() }
        let jobs = try JobRunner(server)
        var (delivered, cores, memory, delays) = (Samples(), Samples(), Samples(), Samples())
        for _ in 0..<(bench.rounds ?? 1) {
            let id = try jobs.submit(Crowd.program(seconds: 150))
            defer { _ = try? jobs.stop(id) }
            let crowd = try Crowd(Self.followers, of: id, from: server)
            try crowd.wait(untilAllHaveSeen: crowd.seen.any + 10)
            crowd.reset()
            let first = crowd.seen.all
            let (begin, before) = (Clock.now, ProcessorTime(of: [server.pid]).seconds)
            try crowd.wait(untilAllHaveSeen: first + Self.lines)
            cores.add((ProcessorTime(of: [server.pid]).seconds - before) / (Clock.now - begin).seconds)
            memory.add(server.memory.rss)
            delivered.add(crowd.gaps == 0 ? Double(Self.followers) : 0)
            delays.add(contentsOf: crowd.delays)
        }
        return [
            Row(measure: "followers that got every line, of 5,000", unit: .number, ours: delivered),
            Row(measure: "  processors for them", unit: .number, ours: cores),
            Row(measure: "  memory of the daemon, RSS", unit: .bytes, ours: memory),
            Row(measure: "  from a line's printing to its arrival", ours: delays),
        ]
    }
}
