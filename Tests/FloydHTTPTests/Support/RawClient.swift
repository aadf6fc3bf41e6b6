import Glibc

@testable import FloydHTTP

/// A client of plain sockets, which sends what no decent client would. It blocks, for seconds at most.
final class RawClient {
    struct Failure: Error {
        var what: String
    }

    struct Response {
        var status: Int
        var fields: [String: String]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private var descriptor: Int32
    private var buffered: [UInt8] = []

    init(_ address: ListenAddress, receiveBuffer: Int32? = nil) throws {
        let target: SocketAddress
        switch address {
        case .unix(let path):
            target = SocketAddress(path: path)
        case .tcp(let host, let port):
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            hints.ai_flags = AI_NUMERICHOST
            var list: UnsafeMutablePointer<addrinfo>?
            guard getaddrinfo(host, String(port), &hints, &list) == 0, let list, let found = list.pointee.ai_addr else {
                throw Failure(what: "getaddrinfo")
            }
            target = SocketAddress(found, length: list.pointee.ai_addrlen)
            freeaddrinfo(list)
        }
        descriptor = socket(target.family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        guard target.withPointer({ connect(descriptor, $0, $1) }) == 0 else {
            let code = errno
            Glibc.close(descriptor)
            descriptor = -1
            throw Failure(what: "connect: \(code)")
        }
    }

    deinit {
        close()
    }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Ends the sending, as `nc -N` does.
    func endSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Closes with a reset.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(what: "send: \(errno)") }
            offset += count
        }
    }

    /// Sends what the system takes without waiting.
    func sendSome(_ bytes: [UInt8]) -> Int {
        bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) }
    }

    /// Waits until the server has read all that was sent, on a Unix socket: nothing is in the system's buffers then (SIOCOUTQ, unix(7)).
    func waitUntilTaken() {
        var left: Int32 = 0
        while ioctl(descriptor, UInt(TIOCOUTQ), &left) == 0, left > 0 { sched_yield() }
    }

    /// Receives once; empty at the end of the connection.
    func receive(_ limit: Int = 65_536) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit)
        let count = recv(descriptor, &bytes, limit, 0)
        guard count >= 0 else { throw Failure(what: "recv: \(errno)") }
        return Array(bytes[..<count])
    }

    /// Everything to the end of the connection; a reset is an error.
    func receiveToEnd() throws -> [UInt8] {
        var all = buffered
        buffered = []
        while true {
            let bytes = try receive()
            if bytes.isEmpty { return all }
            all += bytes
        }
    }

    func receiveText(until end: String) throws -> String {
        let end = Array(end.utf8)
        while true {
            if let range = buffered.firstRange(of: end) {
                defer { buffered.removeSubrange(..<range.upperBound) }
                return String(decoding: buffered[..<range.upperBound], as: UTF8.self)
            }
            let bytes = try receive()
            guard !bytes.isEmpty else {
                throw Failure(what: "the connection ended after \(String(decoding: buffered, as: UTF8.self))")
            }
            buffered += bytes
        }
    }

    /// Reads a head alone.
    func receiveHead() throws -> Response {
        let lines = try receiveText(until: "\r\n\r\n").split(separator: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count >= 2, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
            throw Failure(what: "no answer: \(lines[0])")
        }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { throw Failure(what: "no field: \(line)") }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            fields[line[..<colon].lowercased()] = String(value)
        }
        return Response(status: status, fields: fields, body: [])
    }

    /// Reads an answer with its content.
    func receiveResponse(toHead: Bool = false) throws -> Response {
        var response = try receiveHead()
        if toHead || response.status < 200 || response.status == 204 || response.status == 304 { return response }
        if response.fields["transfer-encoding"] == "chunked" {
            response.body = try receiveChunks()
        } else if let length = response.fields["content-length"].flatMap({ Int($0) }) {
            response.body = try receive(exactly: length)
        } else {
            response.body = try receiveToEnd()
        }
        return response
    }

    func receiveChunk() throws -> [UInt8] {
        let line = try receiveText(until: "\r\n").dropLast(1)
        guard let size = Int(line, radix: 16) else { throw Failure(what: "no chunk size: \(line)") }
        let data = try receive(exactly: size)
        guard try receive(exactly: 2) == [0x0d, 0x0a] else { throw Failure(what: "no end of a chunk") }
        return data
    }

    private func receiveChunks() throws -> [UInt8] {
        var content: [UInt8] = []
        while true {
            let chunk = try receiveChunk()
            if chunk.isEmpty { return content }
            content += chunk
        }
    }

    private func receive(exactly count: Int) throws -> [UInt8] {
        while buffered.count < count {
            let bytes = try receive()
            guard !bytes.isEmpty else { throw Failure(what: "the connection ended in the content") }
            buffered += bytes
        }
        defer { buffered.removeFirst(count) }
        return Array(buffered[..<count])
    }
}
