import FloydLab
import FloydOS
import Glibc

/// A client of HTTP/1.1 that takes as little as can be of the machine, so that a server's time is measured and not its own.
final class WireConnection {
    /// What an answer's head says.
    struct Head {
        var status: Int
        var length: Int64
        var location: String?
        /// What came with it of the content.
        var content: ArraySlice<UInt8>
    }

    let socket: Int32
    private var chunk = [UInt8](repeating: 0, count: 262_144)

    /// - Parameter patience: seconds until a call that waits gives up.
    init(_ endpoint: Endpoint, patience: Int = 30) throws {
        socket = try endpoint.connect()
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var on: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit {
        close(socket)
    }

    /// A request's head, with the token of `access` if there is one.
    static func request(_ line: String, _ access: ServerAccess? = nil, _ fields: [String] = []) -> String {
        let token = access.map { ["Authorization: Bearer \($0.token)"] } ?? []
        return (["\(line) HTTP/1.1", "Host: 127.0.0.1"] + token + fields + ["", ""]).joined(separator: "\r\n")
    }

    func send(_ text: String) throws {
        try Array(text.utf8).withUnsafeBytes { try send($0) }
    }

    func send(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.send(socket, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            guard count > 0 else { throw SystemError("send") }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Sends `bytes` again and again until `count` are sent.
    func send(_ count: Int64, of bytes: [UInt8]) throws {
        var left = count
        try bytes.withUnsafeBytes { bytes in
            while left > 0 {
                let piece = Int(min(left, Int64(bytes.count)))
                try send(UnsafeRawBufferPointer(rebasing: bytes[..<piece]))
                left -= Int64(piece)
            }
        }
    }

    func receiveHead() throws -> Head {
        var bytes: [UInt8] = []
        while true {
            let count = recv(socket, &chunk, chunk.count, 0)
            guard count > 0 else { throw LabError("the answer broke off: \(String(decoding: bytes, as: UTF8.self))") }
            bytes += chunk[..<count]
            guard let end = bytes.firstRange(of: [13, 10, 13, 10]) else { continue }
            let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
            let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            return Head(
                status: status,
                length: Self.value(of: "content-length", in: lines).flatMap { Int64($0) } ?? 0,
                location: Self.value(of: "location", in: lines),
                content: bytes[end.upperBound...]
            )
        }
    }

    private static func value(of name: String, in lines: [Substring]) -> String? {
        lines.first { $0.lowercased().hasPrefix("\(name):") }.flatMap { $0.split(separator: " ").last.map(String.init) }
    }

    /// Receives the rest of the answer to nowhere.
    ///
    /// - Throws: `LabError` unless it is a good one, and whole.
    func finish(_ head: Head) throws {
        guard (200..<300).contains(head.status) else {
            throw LabError("answered \(head.status): \(String(decoding: head.content, as: UTF8.self))")
        }
        var left = head.length - Int64(head.content.count)
        while left > 0 {
            let count = recv(socket, &chunk, chunk.count, 0)
            guard count > 0 else { throw LabError("\(left) bytes of the answer are missing") }
            left -= Int64(count)
        }
    }
}
