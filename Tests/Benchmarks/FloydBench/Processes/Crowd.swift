import FloydAPI
import FloydLab
import FloydModel
import FloydOS
import Glibc

/// Followers of one job's log, a connection each, that look whether anything is missing. The job prints numbered lines (`program`).
final class Crowd {
    /// Prints a number that rises by one and the monotonic clock, ten times a second, and each time so many lines besides.
    static func program(seconds: Int, filling: Int = 0, interval: Double = 0.1) -> String {
        """
        exec python3 -c "
        import os, time
        rest = b'x' * 99 + b'\\n'
        for number in range(int(\(seconds) / \(interval))):
            os.write(1, b'%d %d\\n' % (number, time.monotonic_ns()) + rest * \(filling))
            time.sleep(\(interval))
        "
        """
    }

    private struct Member {
        var isIn = false
        /// Of an event that hasn't come whole.
        var rest: [UInt8] = []
        var last = -1
    }

    private let watch: Watch
    /// By descriptor.
    private var members: [Member] = []
    private(set) var sockets: [Int32] = []
    private var chunk = [UInt8](repeating: 0, count: 262_144)
    /// Lines that a follower did not get, or twice.
    private(set) var gaps = 0
    /// Followers whose stream ended.
    private(set) var ended = 0
    /// How much later than its printing each line came to each, of those printed since `reset`.
    private(set) var delays = Samples()
    private var begin = Nanoseconds.max
    private static let mark = Array(#""text":""#.utf8)

    init(_ count: Int, of job: ObjectID, from server: Server) throws {
        watch = try Watch.open()
        let path = "\(APIPath.logStream(of: Reference(.id(job))))?tail=0"
        let request = WireConnection.request("GET \(path)", server.access)
        for _ in 0..<count {
            let socket = try server.endpoint.connect()
            sockets.append(socket)
            while members.count <= Int(socket) { members.append(Member()) }
            members[Int(socket)] = Member(isIn: true)
            try watch.add(socket)
            guard write(socket, request, request.utf8.count) == request.utf8.count else { throw SystemError("write") }
            receive(milliseconds: 0)
        }
    }

    deinit {
        for socket in sockets { close(socket) }
    }

    /// The number of the line that all have seen, and of the last that any has.
    var seen: (all: Int, any: Int) {
        let numbers = sockets.map { members[Int($0)].last }
        return (numbers.min() ?? -1, numbers.max() ?? -1)
    }

    /// Lines printed before count for nothing any more.
    func reset() {
        begin = Clock.now
        delays = Samples()
    }

    /// Takes what has come.
    func receive(milliseconds: Int32) {
        var patience = milliseconds
        while true {
            let ready = watch.wait(milliseconds: patience)
            guard !ready.isEmpty else { return }
            for socket in ready {
                let size = recv(socket, &chunk, chunk.count, Int32(MSG_DONTWAIT))
                let now = Clock.now
                if size > 0 {
                    take(chunk[..<size], at: now, from: socket)
                } else if size == 0 || errno != EAGAIN {
                    watch.remove(socket)
                    ended += 1
                }
            }
            patience = 0
        }
    }

    /// - Throws: `LabError` if the lines don't come within a minute, or a stream ends.
    func wait(untilAllHaveSeen number: Int) throws {
        let end = Clock.now + 60_000_000_000
        while seen.all < number {
            try Interruption.check()
            guard ended == 0, Clock.now < end else { throw LabError("\(ended) streams ended; seen: \(seen)") }
            receive(milliseconds: 20)
        }
    }

    private func take(_ bytes: ArraySlice<UInt8>, at now: Nanoseconds, from socket: Int32) {
        var member = members[Int(socket)]
        let isWhole = member.rest.isEmpty && bytes.last == 10
        var rest = isWhole ? bytes : (member.rest + bytes)[...]
        var tail: ArraySlice<UInt8> = []
        if !isWhole, let end = rest.lastIndex(of: 10) {
            tail = rest[(end + 1)...]
            rest = rest[...end]
        } else if !isWhole {
            tail = rest
            rest = []
        }
        for line in Self.lines(in: rest) {
            if member.last >= 0, line.number != member.last + 1 { gaps += 1 }
            member.last = line.number
            if line.printed >= begin { delays.add(now - line.printed) }
        }
        member.rest = Array(tail)
        members[Int(socket)] = member
    }

    /// The numbered lines among events. Every byte is looked at here, so that this costs less than what it measures.
    private static func lines(in bytes: ArraySlice<UInt8>) -> [(number: Int, printed: Nanoseconds)] {
        var lines: [(Int, Nanoseconds)] = []
        bytes.withUnsafeBufferPointer { bytes in
            var index = 0
            while index + mark.count < bytes.count {
                guard bytes[index] == mark[0], (0..<mark.count).allSatisfy({ bytes[index + $0] == mark[$0] }) else {
                    index += 1
                    continue
                }
                index += mark.count
                let number = digits(bytes, &index)
                index += 1
                let printed = digits(bytes, &index)
                if let number, let printed { lines.append((Int(number), printed)) }
            }
        }
        return lines
    }

    private static func digits(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Int64? {
        let start = index
        var value: Int64 = 0
        while index < bytes.count, bytes[index] >= 48, bytes[index] <= 57 {
            value = value &* 10 &+ Int64(bytes[index] - 48)
            index += 1
        }
        return index > start ? value : nil
    }
}
