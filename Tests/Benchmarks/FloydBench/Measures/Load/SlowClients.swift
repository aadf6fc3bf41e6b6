import FloydAPI
import FloydLab
import FloydModel
import FloydOS
import Glibc

/// Clients that want to keep the server busy, of one kind at a time, beside followers and a client that wants an answer.
struct SlowClients: Measure {
    let name = "slow-clients"
    let about = """
        1,500 slow clients of a kind (head, body, reader) and 1,500 followers, with 4,096 descriptors: how soon others are answered
        """

    private static let slow = 1500
    private static let followers = 1500
    private static let descriptors: UInt = 4096
    private static let length: Nanoseconds = 15_000_000_000

    func run(_ bench: Bench) throws -> [Row] {
        try DescriptorLimit.with(Self.descriptors) {
            let file = try LargeFile(64 << 20, in: bench.disk)
            let server = try Server(bench, in: bench.disk)
            defer { server.end() }
            _ = try server.command(["data", "init", "large"], in: file.folder).succeed()
            _ = try server.command(["data", "upload"], in: file.folder).succeed()
            try Folder.removeTree(file.folder)
            let jobs = try JobRunner(server)
            let id = try jobs.submit(Crowd.program(seconds: 400))
            defer { _ = try? jobs.stop(id) }
            let crowd = try Crowd(Self.followers, of: id, from: server)
            try crowd.wait(untilAllHaveSeen: crowd.seen.any + 10)
            crowd.reset()
            return try Swarm.Kind.allCases.flatMap { try attack($0, server, crowd) }
        }
    }

    private func attack(_ kind: Swarm.Kind, _ server: Server, _ crowd: Crowd) throws -> [Row] {
        let descriptors = try Self.descriptors(of: server.pid)
        let gaps = crowd.gaps
        var healthy = HealthyClient(server)
        var memory = Samples()
        var thrownOut = 0
        do {
            let version = APIPath.datasetVersions + "/" + APIPath.encoded("bench/large/1")
            let swarm = try Swarm(kind, on: server, file: APIPath.file("data.bin", of: version))
            let end = Clock.now + Self.length
            while Clock.now < end {
                try Interruption.check()
                try swarm.act()
                for _ in 0..<min(50, Self.slow - swarm.count) { try swarm.join() }
                crowd.receive(milliseconds: 5)
                healthy.ask()
                if let use = ProcessUse.of(server.pid) { memory.add(Double(use.resident)) }
            }
            thrownOut = swarm.thrownOut
        }
        let recovery = try recovery(server, crowd, to: descriptors)
        guard crowd.ended == 0 else { throw LabError("\(crowd.ended) followers were thrown out") }
        return [
            Row(measure: "\(kind.rawValue): a healthy client's answer", ours: healthy.times),
            Row(measure: "  requests refused", unit: .number, ours: Samples([Double(healthy.failures)])),
            Row(measure: "  memory of the daemon, most", unit: .bytes, ours: Samples([memory.values.max() ?? 0])),
            Row(measure: "  slow clients thrown out", unit: .number, ours: Samples([Double(thrownOut)])),
            Row(measure: "  lines that followers missed", unit: .number, ours: Samples([Double(crowd.gaps - gaps)])),
            Row(measure: "  until all is as before", ours: Samples([recovery])),
        ]
    }

    /// Seconds until the daemon has no more descriptors than before.
    private func recovery(_ server: Server, _ crowd: Crowd, to descriptors: Int) throws -> Double {
        let begin = Clock.now
        while try Self.descriptors(of: server.pid) > descriptors + 4 {
            try Interruption.check()
            crowd.receive(milliseconds: 20)
            guard Clock.now - begin < 40_000_000_000 else { throw LabError("descriptors are left open") }
        }
        return (Clock.now - begin).seconds
    }

    private static func descriptors(of pid: pid_t) throws -> Int {
        try Folder.names(in: "/proc/\(pid)/fd").count
    }
}

/// Who only wants an answer: a connection for each request, and a request with a token on one that is kept.
private struct HealthyClient {
    private(set) var times = Samples()
    private(set) var failures = 0
    private let server: Server
    private var kept: WireConnection?

    init(_ server: Server) {
        self.server = server
    }

    mutating func ask() {
        measure { server in
            let connection = try WireConnection(server.endpoint, patience: 5)
            try connection.send(WireConnection.request("GET \(APIPath.health)"))
            try connection.finish(connection.receiveHead())
        }
        let before = kept
        var connection = before
        measure { server in
            let used = try connection ?? WireConnection(server.endpoint, patience: 5)
            connection = nil
            try used.send(WireConnection.request("GET \(APIPath.account)", server.access))
            try used.finish(used.receiveHead())
            connection = used
        }
        kept = connection
    }

    private mutating func measure(_ body: (Server) throws -> Void) {
        let begin = Clock.now
        do {
            try body(server)
            times.add(Clock.now - begin)
        } catch {
            failures += 1
        }
    }
}
