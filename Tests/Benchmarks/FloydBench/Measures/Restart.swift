import FloydAPI
import FloydClient
import FloydLab
import Glibc

/// How long nobody gets through while the daemon is started again, with a long history in its database.
struct Restart: Measure {
    let name = "restart"
    let about =
        "from the end of a daemon with 100,000 jobs in its database to its successor's first connection and answer; a scrape of its metrics"

    private static let jobs = 100_000

    func run(_ bench: Bench) throws -> [Row] {
        let server = try Server(bench, in: bench.disk)
        defer { server.end() }
        server.stop()
        try Self.fill(server)
        try server.start()
        var (refused, answered, stopped, scraped) = (Samples(), Samples(), Samples(), Samples())
        for _ in 0..<(bench.rounds ?? 20) {
            try Interruption.check()
            let told = Clock.now
            server.stop()
            let ended = Clock.now
            try server.start(waits: false)
            while !server.endpoint.isOpen { usleep(500) }
            refused.add(Clock.now - ended)
            guard server.endpoint.answers else { throw LabError("the server took a connection and ended") }
            answered.add(Clock.now - ended)
            stopped.add(ended - told)
            let begin = Clock.now
            try server.scrape()
            scraped.add(Clock.now - begin)
        }
        return [
            Row(measure: "restart: connections refused", ours: refused),
            Row(measure: "restart: until the first answer", ours: answered),
            Row(measure: "stop of an idle daemon", ours: stopped),
            Row(measure: "metrics with \(Self.jobs) jobs", ours: scraped),
        ]
    }

    /// Jobs that have ended, as a year of use leaves them.
    private static func fill(_ server: Server) throws {
        let script = """
            import random, sqlite3, string, sys
            base = sqlite3.connect(sys.argv[1])
            letters = [c for c in string.ascii_letters + string.digits if c not in "0O1lI"]
            name = lambda: "".join(random.choices(letters, k=22))
            user = base.execute("SELECT pk FROM users").fetchone()[0]
            base.execute("UPDATE users SET role = 'admin'")
            project = base.execute("INSERT INTO projects (id, owner, name, created) VALUES (?, ?, 'history', 1)", (name(), user)).lastrowid
            tree = base.execute("INSERT INTO trees (id, owner, digest, files, bytes, created) VALUES (?, ?, zeroblob(32), 1, 1, 1)",
                                (name(), user)).lastrowid
            for number in range(1, int(sys.argv[2]) + 1):
                job = base.execute(
                    "INSERT INTO jobs (id, project, owner, number, code, command, environment, instance_type, cpus, memory, gpus, retries,"
                    " state, outcome, attempt, created, claimed, started, finished)"
                    " VALUES (?, ?, ?, ?, ?, 'python main.py', 'python', 'cpu', 1, 0, 0, 0, 'finished', 'success', 1, 1, 2, 3, 4)",
                    (name(), project, user, number, tree)).lastrowid
                for state in ("queued", "starting", "running", "finished"):
                    base.execute("INSERT INTO events (job, attempt, state, outcome, at) VALUES (?, 1, ?, ?, 1)",
                                 (job, state, "success" if state == "finished" else None))
            base.execute("UPDATE projects SET next_number = ? WHERE pk = ?", (int(sys.argv[2]) + 1, project))
            base.commit()
            """
        _ = try Command("/usr/bin/python3", ["-c", script, "\(server.dataFolder)/floydlite.db", "\(jobs)"]).succeed()
    }
}

extension Server {
    /// Reads its metrics, as its first account, which is an administrator by now.
    fileprivate func scrape() throws {
        let words = ["-sS", "-f", "-o", "/dev/null", "-H", "Authorization: Bearer \(access.token)", "\(url)/metrics"]
        _ = try Command("/usr/bin/curl", words).succeed()
    }
}
