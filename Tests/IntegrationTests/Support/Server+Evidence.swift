import FloydConformance
import Foundation
import Glibc

/// A worker of a server, by its own record.
struct WorkerProcess: Sendable {
    var pid: pid_t
    /// The run directory.
    var run: String

    /// Whether the process lives and is the worker of that run, and no other that got its pid.
    var isAlive: Bool {
        guard let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { return false }
        return String(decoding: line, as: UTF8.self).contains(run)
    }
}

/// What a server has stored.
struct Stored: Sendable, Equatable {
    /// Rows by table.
    var rows: [String: Int]
    /// Contents, trees and materialised trees.
    var blobs: Int
    var runs: Int
}

extension Server {
    /// The workers that live.
    func workers() -> [WorkerProcess] {
        let runs = "\(dataFolder)/runs"
        let jobs = (try? FileManager.default.contentsOfDirectory(atPath: runs)) ?? []
        return jobs.flatMap { job in
            ((try? FileManager.default.contentsOfDirectory(atPath: "\(runs)/\(job)")) ?? []).compactMap { attempt in
                let run = "\(runs)/\(job)/\(attempt)"
                guard let record = FileManager.default.contents(atPath: "\(run)/worker.json"),
                    let pid = try? JSON(record)["pid"]?.integer
                else { return nil }
                let worker = WorkerProcess(pid: pid_t(pid), run: run)
                return worker.isAlive ? worker : nil
            }
        }
    }

    /// The folder of a job's first attempt.
    func run(of job: String) -> String { "\(dataFolder)/runs/\(job)/1" }

    /// Makes a file in a job's working folder, which the job may be waiting for.
    func signal(_ job: String, _ name: String) throws {
        try Data().write(to: URL(filePath: "\(run(of: job))/home/\(name)"))
    }

    /// Counts what is stored, with another program than the server's own.
    func stored() async throws -> Stored {
        var command = Command(program: "/usr/bin/python3")
        command.arguments = [
            "-c",
            """
            import json, sqlite3, sys
            base = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True)
            names = ["projects", "datasets", "dataset_versions", "trees", "tree_contents", "jobs", "job_inputs", "events", "users"]
            print(json.dumps({name: base.execute("SELECT count(*) FROM " + name).fetchone()[0] for name in names}))
            """,
            "\(dataFolder)/floydlite.db",
        ]
        command.actor = actor
        let outcome = try await command.run()
        guard outcome.status == 0 else { throw FixtureFailure(description: outcome.testDescription) }
        let rows = try JSON(outcome.output).members.mapValues { $0.integer ?? -1 }
        let files = FileManager.default
        var blobs = 0
        for part in ["contents", "trees", "materialised"] {
            blobs += (files.enumerator(atPath: "\(dataFolder)/blobs/\(part)")?.allObjects ?? [])
                // The 256 folders that contents lie in are there from the start.
                .count { !(part == "contents" && "\($0)".utf8.count == 2) }
        }
        let runs = try files.contentsOfDirectory(atPath: "\(dataFolder)/runs").count
        return Stored(rows: rows, blobs: blobs, runs: runs)
    }
}
