import FloydConformance
import Foundation
import Glibc
import Synchronization
import Testing

/// An answer as it came.
struct Answer: Sendable {
    var status: Int
    /// In lower case.
    var fields: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    /// The stable word of a problem.
    var code: String? { (try? json())?["code"]?.string }

    func json() throws -> JSON { try JSON(body) }

    /// The answer in `bytes`, which a connection brought up to its end (RFC 9112 §6.3).
    init(_ bytes: [UInt8]) throws {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
            throw FixtureFailure(
                description: "no answer, but \(bytes.count) bytes: \(String(decoding: bytes, as: UTF8.self))"
            )
        }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = head[0].split(separator: " ")
        guard words.count >= 2, let status = Int(words[1]) else {
            throw FixtureFailure(description: "no status line: \(head[0])")
        }
        self.status = status
        fields = [:]
        for line in head.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            fields[parts[0].lowercased(), default: ""] +=
                parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        let rest = Array(bytes[end.upperBound...])
        body = fields["transfer-encoding"] == "chunked" ? Self.unchunked(rest) : rest
    }

    private static func unchunked(_ bytes: [UInt8]) -> [UInt8] {
        var body: [UInt8] = []
        var rest = bytes[...]
        while let line = rest.firstRange(of: Array("\r\n".utf8)) {
            let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16) ?? 0
            guard size > 0, rest.endIndex - line.upperBound >= size else { break }
            body += rest[line.upperBound..<line.upperBound + size]
            rest = rest[(line.upperBound + size)...].dropFirst(2)
        }
        return body
    }
}

extension Server {
    /// Sends bytes as they are and gives what comes back up to the end of the connection.
    ///
    /// - Parameter closing: whether nothing more is to come from this side.
    func send(_ bytes: [UInt8], closing: Bool = false) async throws -> [UInt8] {
        let port = port
        return try await within(.seconds(30), "an answer") {
            try await withCheckedThrowingContinuation { continuation in
                Thread.detachNewThread {
                    continuation.resume(with: Result { try Self.exchange(bytes, port: port, closing: closing) })
                }
            }
        }
    }

    private static func exchange(_ bytes: [UInt8], port: Int, closing: Bool) throws -> [UInt8] {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 25, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            // A server that has said enough may close before it has heard everything.
            guard count > 0 else { break }
            sent += count
        }
        if closing { shutdown(descriptor, Int32(SHUT_WR)) }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            received += buffer[..<count]
        }
        return received
    }

    /// One request on a connection of its own.
    func request(
        _ method: String,
        _ target: String,
        token: String? = nil,
        _ fields: [String: String] = [:],
        body: [UInt8] = []
    ) async throws -> Answer {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        if let token { head += "Authorization: Bearer \(token)\r\n" }
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        if !body.isEmpty || ["POST", "PATCH"].contains(method) { head += "Content-Length: \(body.count)\r\n" }
        let answer = try Answer(try await send(Array("\(head)\r\n".utf8) + body))
        try await hold(answer, to: method, target, overriding: fields["X-HTTP-Method-Override"])
        return answer
    }

    /// What the interface's document promises; all servers are of one build.
    private static let contract = Mutex<InterfaceContract?>(nil)

    /// Every answer is as the document has it.
    ///
    /// - Parameter overriding: the method that a field of the request's head says instead (tus).
    private func hold(
        _ answer: Answer,
        to method: String,
        _ target: String,
        overriding: String?
    ) async throws {
        if Self.contract.withLock({ $0 == nil }) {
            let head = "GET /api/v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            let contract = try InterfaceContract(document: try Answer(try await send(Array(head.utf8))).body)
            Self.contract.withLock { $0 = contract }
        }
        let exchange = InterfaceContract.Exchange(
            method: overriding ?? method,
            target: target,
            status: answer.status,
            fields: answer.fields,
            body: answer.body
        )
        for flaw in Self.contract.withLock({ $0?.flaws(of: exchange) }) ?? [] { Issue.record("\(flaw)") }
    }

    func get(_ target: String, token: String? = nil, _ fields: [String: String] = [:]) async throws -> Answer {
        try await request("GET", target, token: token, fields)
    }

    func post(_ target: String, json: String, token: String?) async throws -> Answer {
        try await request("POST", target, token: token, ["Content-Type": "application/json"], body: Array(json.utf8))
    }
}

extension Server {
    /// Begins an upload with that manifest.
    func upload(_ manifest: String, token: String) async throws -> Answer {
        try await request(
            "POST",
            "/api/v1/uploads",
            token: token,
            ["Content-Type": "application/x-ndjson"],
            body: Array(manifest.utf8)
        )
    }

    /// Sends bytes of an upload.
    func patch(_ upload: String, at offset: Int, _ bytes: [UInt8], token: String) async throws -> Answer {
        try await request(
            "PATCH",
            "/api/v1/uploads/\(upload)",
            token: token,
            [
                "Content-Type": "application/offset+octet-stream", "Tus-Resumable": "1.0.0",
                "Upload-Offset": "\(offset)",
            ],
            body: bytes
        )
    }
}
