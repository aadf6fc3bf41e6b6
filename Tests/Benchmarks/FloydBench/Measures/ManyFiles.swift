import FloydLab
import FloydOS
import Glibc

/// Many small files, to a server on the same file system.
struct ManyFiles: Measure {
    let name = "many-files"
    let about =
        "20,000 files of 4–20 KiB: `floydlite data upload`, then with 1 % changed; rsync to its daemon; tar and curl to nginx"

    private struct Times {
        var (first, changed, daemon, client) = (Samples(), Samples(), Samples(), Samples())
        var (rsync, rsyncChanged, durable, durableChanged, tar) = (
            Samples(), Samples(), Samples(), Samples(), Samples()
        )
    }

    private static let count = 20_000

    func run(_ bench: Bench) throws -> [Row] {
        var rows: [Row] = []
        for (place, scratch) in [("tmpfs", bench.tmpfs), ("disk", bench.disk)] {
            let files = try SmallFiles(Self.count, of: 4_096...20_480, in: scratch)
            var times = Times()
            for round in 0..<(bench.rounds ?? 3) {
                try Interruption.check()
                try ours(bench, scratch, files, round, &times)
                try rsync(scratch, files, round, [], &times.rsync, &times.rsyncChanged)
                try rsync(scratch, files, round, ["--fsync"], &times.durable, &times.durableChanged)
                try tar(scratch, files, &times)
            }
            try Folder.removeTree(files.folder)
            rows += [
                Row(measure: "first upload, \(place)", ours: times.first, peer: .measured("rsync", times.rsync)),
                Row(
                    measure: "first upload, \(place)",
                    ours: times.first,
                    peer: .measured("rsync --fsync", times.durable)
                ),
                Row(
                    measure: "first upload, \(place)",
                    ours: times.first,
                    peer: .measured("tar | curl, tar x", times.tar)
                ),
                Row(
                    measure: "1 % changed, \(place)",
                    ours: times.changed,
                    peer: .measured("rsync", times.rsyncChanged)
                ),
                Row(
                    measure: "1 % changed, \(place)",
                    ours: times.changed,
                    peer: .measured("rsync --fsync", times.durableChanged)
                ),
                Row(measure: "the daemon's memory at its most", unit: .bytes, ours: times.daemon),
                Row(measure: "the client's memory at its most", unit: .bytes, ours: times.client),
            ]
        }
        return rows
    }

    private func ours(
        _ bench: Bench,
        _ scratch: Scratch,
        _ files: SmallFiles,
        _ round: Int,
        _ times: inout Times
    ) throws {
        let server = try Server(bench, in: scratch)
        defer { server.end() }
        try Folder.removeTree("\(files.folder)/.floyddata")
        try scratch.settle()
        let first = try server.command(["data", "upload", "many"], in: files.folder).succeed()
        times.first.add(first.time)
        try files.change(every: 100, seed: UInt64(1_000 + round))
        try scratch.settle()
        let changed = try server.command(["data", "upload"], in: files.folder).succeed()
        times.changed.add(changed.time)
        times.client.add(max(first.memory, changed.memory))
        times.daemon.add(Memory.peak(of: server.pid))
        try server.discard()
    }

    private func rsync(
        _ scratch: Scratch,
        _ files: SmallFiles,
        _ round: Int,
        _ options: [String],
        _ first: inout Samples,
        _ changed: inout Samples
    ) throws {
        guard let daemon = try RsyncDaemon(in: scratch) else { return }
        let copy = Command(daemon.program, ["-rt"] + options + ["\(files.folder)/", daemon.url])
        try scratch.settle()
        let finished = try copy.run()
        // Older releases don't have that option.
        guard finished.status == 0 else { return }
        first.add(finished.time)
        try files.change(every: 100, seed: UInt64(2_000 + round + options.count * 100))
        try scratch.settle()
        changed.add(try copy.succeed().time)
        try Folder.removeTree(daemon.files)
    }

    private func tar(_ scratch: Scratch, _ files: SmallFiles, _ times: inout Times) throws {
        guard let curl = Executable.find("curl"), let nginx = try Nginx(in: scratch) else { return }
        let target = try scratch.folder("untarred")
        let script = """
            tar cf - -C \(files.folder) . | \(curl) -sS -f -H Expect: -T - \(nginx.url)/many.tar \
                && tar xf \(nginx.files)/many.tar -C \(target)
            """
        try scratch.settle()
        times.tar.add(try Command("/bin/sh", ["-c", script]).succeed().time)
        try Folder.removeTree(target)
        try Folder.removeTree("\(nginx.files)/many.tar")
    }
}
