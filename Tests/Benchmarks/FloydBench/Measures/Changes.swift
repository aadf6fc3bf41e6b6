import FloydLab
import FloydOS
import Glibc

/// A large file of which little has changed, and one with a byte more at its front.
struct Changes: Measure {
    let name = "changes"
    let about =
        "one large file again, 20 × 1 MiB changed, then one byte inserted: `floydlite data upload`, rsync to its daemon"

    private struct Results {
        var (changed, inserted, sent, sentInserted, daemon, client) = (
            Samples(), Samples(), Samples(), Samples(), Samples(), Samples()
        )
        var (rsync, rsyncInserted, rsyncSent) = (Samples(), Samples(), Samples())
    }

    func run(_ bench: Bench) throws -> [Row] {
        var rows: [Row] = []
        for (place, scratch) in [("tmpfs", bench.tmpfs), ("disk", bench.disk)] {
            var results = Results()
            for round in 0..<(bench.rounds ?? 3) {
                try Interruption.check()
                try self.round(round, bench, scratch, &results)
            }
            let size = "\(bench.uploadSize >> 20) MiB, \(place)"
            rows += [
                Row(measure: "20 MiB changed, \(size)", ours: results.changed, peer: .measured("rsync", results.rsync)),
                Row(
                    measure: "20 MiB changed, sent",
                    unit: .bytes,
                    ours: results.sent,
                    peer: .measured("rsync", results.rsyncSent)
                ),
                Row(
                    measure: "a byte inserted, \(size)",
                    ours: results.inserted,
                    peer: .measured("rsync", results.rsyncInserted)
                ),
                Row(measure: "a byte inserted, sent", unit: .bytes, ours: results.sentInserted),
                Row(measure: "the daemon's memory at its most", unit: .bytes, ours: results.daemon),
                Row(measure: "the client's memory at its most", unit: .bytes, ours: results.client),
            ]
        }
        return rows
    }

    private func round(_ round: Int, _ bench: Bench, _ scratch: Scratch, _ results: inout Results) throws {
        let file = try LargeFile(bench.uploadSize, in: scratch)
        let server = try Server(bench, in: scratch)
        let rsync = try RsyncDaemon(in: scratch)
        defer { server.end() }
        _ = try server.command(["data", "upload", "large"], in: file.folder).succeed()
        if let rsync { _ = try copy(file, to: rsync) }
        try Self.change(file, round)
        // Lists of blocks are made in idle time after a version: on a machine that works on something else, not at all before this.
        Clock.sleep(milliseconds: 5_000)
        try scratch.settle()
        let changed = try upload(file, to: server)
        results.changed.add(changed.time)
        results.sent.add(changed.sent)
        if let rsync {
            try scratch.settle()
            let copied = try copy(file, to: rsync)
            results.rsync.add(copied.time)
            results.rsyncSent.add(copied.sent)
        }
        try file.insert([UInt8(ascii: "x")])
        Clock.sleep(milliseconds: 5_000)
        try scratch.settle()
        let inserted = try upload(file, to: server)
        results.inserted.add(inserted.time)
        results.sentInserted.add(inserted.sent)
        results.client.add(max(changed.memory, inserted.memory))
        results.daemon.add(Memory.peak(of: server.pid))
        if let rsync {
            try scratch.settle()
            results.rsyncInserted.add(try copy(file, to: rsync).time)
            try Folder.removeTree("\(rsync.files)/data.bin")
        }
        try server.discard()
        try Folder.removeTree(file.folder)
    }

    private static func change(_ file: LargeFile, _ round: Int) throws {
        var noise = Noise(seed: UInt64(100 + round))
        for _ in 0..<20 {
            try file.overwrite(with: noise.bytes(1 << 20), at: Int64(noise.next() % UInt64(file.size - 1 << 20)))
        }
    }

    private func upload(
        _ file: LargeFile,
        to server: Server
    ) throws -> (time: Nanoseconds, sent: Double, memory: Double) {
        let before = Loopback.bytes
        let finished = try server.command(["data", "upload"], in: file.folder).succeed()
        return (finished.time, Loopback.bytes - before, finished.memory)
    }

    private func copy(_ file: LargeFile, to daemon: RsyncDaemon) throws -> (time: Nanoseconds, sent: Double) {
        let before = Loopback.bytes
        let time = try Command(daemon.program, ["-t", file.path, daemon.url]).succeed().time
        return (time, Loopback.bytes - before)
    }
}
