import FloydAPI
import FloydLab
import FloydModel
import FloydOS
import Glibc

/// Followers of one job's log that this program is itself, a connection each: of a stream's arrival they show what the server takes, not
/// what hundreds of processes take that print it.
final class LogStreams {
    private let watch: Watch
    private var lines: [Int32: Int] = [:]
    private var chunk = [UInt8](repeating: 0, count: 262_144)
    private var delays = Samples()
    /// Lines from before count for nothing: not all were there to see them.
    private var begin = Nanoseconds.max

    init(_ count: Int, of job: ObjectID, from server: Server) throws {
        watch = try Watch.open()
        let request = """
            GET \(APIPath.logStream(of: Reference(.id(job))))?tail=0 HTTP/1.1\r
            Host: 127.0.0.1\r
            Authorization: Bearer \(server.access.token)\r
            \r

            """
        for _ in 0..<count {
            let socket = try server.endpoint.connect()
            lines[socket] = 0
            try watch.add(socket)
            guard write(socket, request, request.utf8.count) == request.utf8.count else { throw SystemError("write") }
        }
    }

    deinit {
        for socket in lines.keys { close(socket) }
    }

    /// Waits until all have seen a line and then a second more, and measures until each has seen `count` lines.
    ///
    /// - Returns: for each line and each follower, how much later than its printing it came here.
    /// - Throws: `LabError` if a stream ends.
    func delays(ofLines count: Int) throws -> Samples {
        while lines.values.contains(0) { try receive() }
        begin = Clock.now + 1_000_000_000
        for socket in lines.keys { lines[socket] = 0 }
        while lines.values.contains(where: { $0 < count }) { try receive() }
        return delays
    }

    private func receive() throws {
        try Interruption.check()
        // Read first and looked at then: what this program takes to look at some is no delay of the others.
        var arrived: [(socket: Int32, bytes: [UInt8], at: Nanoseconds)] = []
        for socket in watch.wait() {
            let size = read(socket, &chunk, chunk.count)
            let now = Clock.now
            guard size > 0 else { throw LabError("a stream of the log ended") }
            arrived.append((socket, Array(chunk[..<size]), now))
        }
        for (socket, bytes, now) in arrived { take(bytes[...], at: now, from: socket) }
    }

    /// The server sends a line in one piece, so that its text is found in what came.
    private func take(_ bytes: ArraySlice<UInt8>, at now: Nanoseconds, from socket: Int32) {
        let mark = Array(#""text":""#.utf8)
        var rest = bytes
        while let quote = rest.firstIndex(of: mark[0]) {
            rest = rest[quote...]
            guard rest.starts(with: mark) else {
                rest = rest.dropFirst()
                continue
            }
            rest = rest.dropFirst(mark.count)
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard let printed = Nanoseconds(String(decoding: digits, as: UTF8.self)) else { continue }
            guard begin == .max || printed >= begin else { continue }
            lines[socket, default: 0] += 1
            if begin != .max { delays.add(now - printed) }
        }
    }
}
