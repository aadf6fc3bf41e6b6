import FloydLab
import FloydOS
import Glibc

/// Programs that pass on a stream of lines, each of which says when it was printed.
final class Followers {
    private struct Stream {
        let pipe: Int32
        let child: Child
        var rest: [UInt8] = []
        var lines = 0
    }

    private var streams: [Stream] = []
    private var chunk = [UInt8](repeating: 0, count: 65_536)
    private var delays = Samples()
    /// Lines from before count for nothing: not all were there to see them.
    private var begin = Nanoseconds.max

    init(_ count: Int, _ command: Command) throws {
        for _ in 0..<count {
            let pipe = try DescriptorPair.pipe(capacity: 65_536)
            defer { close(pipe.writing) }
            streams.append(Stream(pipe: pipe.reading, child: try Child(command, output: pipe.writing)))
        }
    }

    deinit {
        // All at once: one after the other they would take their time.
        for stream in streams where stream.child.isRunning { kill(stream.child.pid, SIGTERM) }
        for stream in streams {
            stream.child.end()
            close(stream.pipe)
        }
    }

    /// Waits until all have seen a line and then a second more, and measures until each has seen `count` lines.
    ///
    /// - Returns: for each line and each follower, how much later than its printing it came here.
    /// - Throws: `LabError` if a follower ends, or nothing comes for ten seconds.
    func delays(ofLines count: Int) throws -> Samples {
        while !streams.allSatisfy({ $0.lines > 0 }) { try receive() }
        begin = Clock.now + 1_000_000_000
        for index in streams.indices { streams[index].lines = 0 }
        while !streams.allSatisfy({ $0.lines >= count }) { try receive() }
        return delays
    }

    private func receive() throws {
        try Interruption.check()
        var events = streams.map { pollfd(fd: $0.pipe, events: Int16(POLLIN), revents: 0) }
        let ready = poll(&events, nfds_t(events.count), 10_000)
        guard ready > 0 || errno == EINTR else { throw LabError("no line came for ten seconds") }
        for (index, event) in events.enumerated() where event.revents != 0 {
            let size = read(event.fd, &chunk, chunk.count)
            let now = Clock.now
            guard size > 0 else { throw LabError("a follower ended") }
            take(chunk[..<size], at: now, from: index)
        }
    }

    private func take(_ bytes: ArraySlice<UInt8>, at now: Nanoseconds, from index: Int) {
        streams[index].rest += bytes
        while let end = streams[index].rest.firstIndex(of: UInt8(ascii: "\n")) {
            let line = String(decoding: streams[index].rest[..<end], as: UTF8.self)
            streams[index].rest.removeFirst(end + 1)
            guard let printed = Nanoseconds(line), begin == .max || printed >= begin else { continue }
            streams[index].lines += 1
            if begin != .max { delays.add(now - printed) }
        }
    }
}
