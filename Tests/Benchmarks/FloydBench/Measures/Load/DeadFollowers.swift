import FloydAPI
import FloydLab
import FloydModel
import Glibc

/// Followers that stop reading, beside others that go on.
struct DeadFollowers: Measure {
    let name = "dead-followers"
    let about = "30 followers of a job that prints 1 MB/s, alone and beside 20 that don't read"

    private static let patience = 3
    private static let lines = 200

    func run(_ bench: Bench) throws -> [Row] {
        var settings = Server.Settings()
        settings.config = ["http: {progress_timeout: \(Self.patience)s}"]
        let server = try Server(bench.product, in: bench.disk, settings)
        defer { server.end() }
        let jobs = try JobRunner(server)
        let id = try jobs.submit(Crowd.program(seconds: 120, filling: 1000))
        defer { _ = try? jobs.stop(id) }
        let crowd = try Crowd(30, of: id, from: server)
        try crowd.wait(untilAllHaveSeen: crowd.seen.any + 10)
        crowd.reset()
        try crowd.wait(untilAllHaveSeen: crowd.seen.all + Self.lines / 2)
        let alone = crowd.delays
        crowd.reset()

        let request = WireConnection.request(
            "GET \(APIPath.logStream(of: Reference(.id(id))))?tail=0",
            server.access
        )
        let begin = Clock.now
        var dead = try (0..<20).map { _ in
            let connection = try WireConnection(server.endpoint)
            var size: Int32 = 4096
            setsockopt(connection.socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
            try connection.send(request)
            return connection
        }
        var dropped = Samples()
        while !dead.isEmpty {
            try Interruption.check()
            crowd.receive(milliseconds: 20)
            guard Clock.now - begin < 90_000_000_000 else { throw LabError("\(dead.count) followers are still there") }
            dead = dead.filter { connection in
                var event = pollfd(fd: connection.socket, events: 0, revents: 0)
                guard poll(&event, 1, 0) > 0 else { return true }
                dropped.add(Clock.now - begin)
                return false
            }
        }
        return [
            Row(measure: "a line to 30 followers, alone", ours: alone),
            Row(measure: "  the same beside 20 that don't read", ours: crowd.delays),
            Row(measure: "  lines that one of the 30 missed", unit: .number, ours: Samples([Double(crowd.gaps)])),
            Row(measure: "  until one that doesn't read is dropped", ours: dropped),
        ]
    }
}
