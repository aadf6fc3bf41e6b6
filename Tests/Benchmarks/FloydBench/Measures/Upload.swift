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
            let file = try source(bench, in: scratch)
            var times = Times()
            for round in 0..<(bench.rounds ?? 3) {
                try Interruption.check()
                try stamp(file, round)
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

    /// A file to send, in a folder that is to become a dataset.
    private struct Source {
        let folder: String
        var path: String { "\(folder)/data.bin" }
    }

    /// Writes a file whose contents don't compress or repeat.
    private func source(_ bench: Bench, in scratch: Scratch) throws -> Source {
        let source = Source(folder: try scratch.folder("source"))
        let file = try FileDescriptor.open(source.path, O_WRONLY | O_CREAT, mode: 0o644)
        var block = [UInt64](repeating: 0, count: 1 << 17)
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        for _ in 0..<(bench.uploadSize >> 20) {
            for index in block.indices {
                // xorshift64
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                block[index] = state
            }
            try block.withUnsafeBytes { try file.write(all: $0) }
        }
        try file.close()
        return source
    }

    /// Makes it another file than that of the round before, of the same size.
    private func stamp(_ source: Source, _ round: Int) throws {
        let file = try FileDescriptor.open(source.path, O_WRONLY)
        try file.write(all: Array("round \(round)\n".utf8))
        try file.close()
    }

    private func ours(_ bench: Bench, _ scratch: Scratch, _ source: Source, _ times: inout Times) throws {
        let server = try Server(bench, in: scratch)
        defer { server.end() }
        try Folder.removeTree("\(source.folder)/.floyddata")
        _ = try server.command(["data", "init", "large"], in: source.folder).succeed()
        let upload = server.command(["data", "upload"], in: source.folder)
        try settle(scratch)
        times.first.add(try upload.succeed().time)
        try settle(scratch)
        times.again.add(try upload.succeed().time)
        try server.discard()
    }

    private func nginx(_ scratch: Scratch, _ source: Source, _ times: inout Times) throws {
        guard let curl = Executable.find("curl"), let nginx = try Nginx(in: scratch) else { return }
        let arguments = ["-sS", "-f", "-H", "Expect:", "-T", source.path, "\(nginx.url)/data.bin"]
        try settle(scratch)
        times.nginx.add(try Command(curl, arguments).succeed().time)
        try Folder.removeTree("\(nginx.files)/data.bin")
    }

    private func rsync(_ scratch: Scratch, _ source: Source, _ times: inout Times) throws {
        guard let daemon = try RsyncDaemon(in: scratch) else { return }
        let copy = Command(daemon.program, ["-t", source.path, daemon.url])
        try settle(scratch)
        times.rsync.add(try copy.succeed().time)
        try settle(scratch)
        times.rsyncAgain.add(try copy.succeed().time)
        try Folder.removeTree("\(daemon.files)/data.bin")
        try settle(scratch)
        let durable = Command(daemon.program, ["-t", "--fsync", source.path, daemon.url])
        // Older releases don't have that option.
        let finished = try durable.run()
        if finished.status == 0 { times.durableRsync.add(finished.time) }
        try Folder.removeTree("\(daemon.files)/data.bin")
    }

    /// Nobody pays for what somebody before has left to the disk.
    private func settle(_ scratch: Scratch) throws {
        try Folder.synchronizeFileSystem(scratch.path)
    }
}
