import FloydLab
import FloydOS
import Glibc

/// One large file, to a server on the same file system.
struct Upload: Measure {
    let name = "upload"
    let about = "one large file: `floydlite data upload`, first and again; `curl -T` to nginx; rsync to its daemon"

    /// The times of one file system.
    private struct Times {
        var (first, again) = (Samples(), Samples())
        var (nginx, rsync, rsyncAgain, durableRsync) = (Samples(), Samples(), Samples(), Samples())
    }

    func run(_ bench: Bench) throws -> [Row] {
        var rows: [Row] = []
        for (place, scratch) in [("tmpfs", bench.tmpfs), ("disk", bench.disk)] {
            let file = try LargeFile(bench.uploadSize, in: scratch)
            var times = Times()
            for round in 0..<(bench.rounds ?? 3) {
                try Interruption.check()
                try file.overwrite(with: Array("round \(round)\n".utf8), at: 0)
                // A hash is kept if the file's stamp was two seconds old when it was read: a younger one may yet change within it.
                Clock.sleep(milliseconds: 2_500)
                try ours(bench, scratch, file, &times)
                try nginx(scratch, file, &times)
                try rsync(scratch, file, &times)
            }
            try Folder.removeTree(file.folder)
            let size = "\(bench.uploadSize >> 20) MiB, \(place)"
            rows += [
                Row(measure: "first upload, \(size)", ours: times.first, peer: .measured("rsync", times.rsync)),
                Row(
                    measure: "first upload, \(size)",
                    ours: times.first,
                    peer: .measured("rsync --fsync", times.durableRsync)
                ),
                Row(
                    measure: "first upload, \(size)",
                    ours: times.first,
                    peer: .measured("curl -T to nginx", times.nginx)
                ),
                Row(measure: "the same again, \(size)", ours: times.again, peer: .measured("rsync", times.rsyncAgain)),
            ]
        }
        return rows
    }

    private func ours(_ bench: Bench, _ scratch: Scratch, _ source: LargeFile, _ times: inout Times) throws {
        let server = try Server(bench, in: scratch)
        defer { server.end() }
        try Folder.removeTree("\(source.folder)/.floyddata")
        _ = try server.command(["data", "init", "large"], in: source.folder).succeed()
        let upload = server.command(["data", "upload"], in: source.folder)
        try scratch.settle()
        times.first.add(try upload.succeed().time)
        try scratch.settle()
        times.again.add(try upload.succeed().time)
        try server.discard()
    }

    private func nginx(_ scratch: Scratch, _ source: LargeFile, _ times: inout Times) throws {
        guard let curl = Executable.find("curl"), let nginx = try Nginx(in: scratch) else { return }
        let arguments = ["-sS", "-f", "-H", "Expect:", "-T", source.path, "\(nginx.url)/data.bin"]
        try scratch.settle()
        times.nginx.add(try Command(curl, arguments).succeed().time)
        try Folder.removeTree("\(nginx.files)/data.bin")
    }

    private func rsync(_ scratch: Scratch, _ source: LargeFile, _ times: inout Times) throws {
        guard let daemon = try RsyncDaemon(in: scratch) else { return }
        let copy = Command(daemon.program, ["-t", source.path, daemon.url])
        try scratch.settle()
        times.rsync.add(try copy.succeed().time)
        try scratch.settle()
        times.rsyncAgain.add(try copy.succeed().time)
        try Folder.removeTree("\(daemon.files)/data.bin")
        try scratch.settle()
        let durable = Command(daemon.program, ["-t", "--fsync", source.path, daemon.url])
        // Older releases don't have that option.
        let finished = try durable.run()
        if finished.status == 0 { times.durableRsync.add(finished.time) }
        try Folder.removeTree("\(daemon.files)/data.bin")
    }
}
