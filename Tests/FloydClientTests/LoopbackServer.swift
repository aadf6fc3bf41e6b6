import Dispatch
import Foundation
import Synchronization

/// A server on loopback, or on a socket in the file system, that gives one answer after the other, whatever is asked.
final class LoopbackServer {
    struct Seen: Sendable {
        var connections = 0
        /// Heads and bodies.
        var requests: [String] = []
    }

    struct Failure: Error {
        var step: String
    }

    let address: String
    private let listener: Int32
    private let result: ResultBox
    private let thread: Thread

    /// - Parameter path: the socket's; nil: a port of the system's choice.
    init(path: String? = nil, answers: [String]) throws {
        let listener = socket(path == nil ? AF_INET : AF_UNIX, Self.stream, 0)
        guard listener >= 0 else { throw Failure(step: "socket") }
        let isBound = path.map { Self.bind(listener, path: $0) } ?? Self.bindLoopback(listener)
        guard isBound, listen(listener, 8) == 0 else { throw Failure(step: "bind") }
        address = path.map { "unix:\($0)" } ?? "http://127.0.0.1:\(Self.port(of: listener))"
        let result = ResultBox()
        thread = Thread { Self.serve(listener, answers, result) }
        self.listener = listener
        self.result = result
        thread.start()
    }

    /// Ends the server and tells what it saw.
    func finish() -> Seen {
        shutdown(listener, Int32(SHUT_RDWR))
        result.wait()
        close(listener)
        return result.seen
    }

    private static func serve(_ listener: Int32, _ answers: [String], _ result: ResultBox) {
        var rest = answers[...]
        defer { result.finish() }
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            result.change { $0.connections += 1 }
            while !rest.isEmpty, let request = request(connection) {
                result.change { $0.requests.append(request) }
                guard let answer = rest.popFirst() else { break }
                _ = answer.utf8.withContiguousStorageIfAvailable {
                    send(connection, $0.baseAddress, $0.count, noSignal)
                }
            }
            close(connection)
        }
    }

    /// One request with its body.
    private static func request(_ connection: Int32) -> String? {
        var bytes: [UInt8] = []
        var expected: Int?
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while expected.map({ bytes.count < $0 }) ?? true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
            if expected == nil, let end = Data(bytes).range(of: Data("\r\n\r\n".utf8)) {
                let head = String(decoding: bytes[..<end.upperBound], as: UTF8.self)
                let length = head.components(separatedBy: "\r\n").first { $0.hasPrefix("Content-Length: ") }
                expected = end.upperBound + (length.flatMap { Int($0.dropFirst(16)) } ?? 0)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    #if canImport(Darwin)
        private static let stream = SOCK_STREAM
        private static let noSignal: Int32 = 0
    #else
        private static let stream = Int32(SOCK_STREAM.rawValue)
        private static let noSignal = Int32(MSG_NOSIGNAL)
    #endif

    private static func bindLoopback(_ listener: Int32) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) {
                Foundation.bind(listener, $0.baseAddress, socklen_t(bytes.count)) == 0
            }
        }
    }

    private static func bind(_ listener: Int32, path: String) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        return withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) {
                Foundation.bind(listener, $0.baseAddress, socklen_t(bytes.count)) == 0
            }
        }
    }

    private static func port(of listener: Int32) -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutableBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { getsockname(listener, $0.baseAddress, &length) }
        }
        return UInt16(bigEndian: address.sin_port)
    }
}

/// What the server's thread leaves for the test's.
final class ResultBox: Sendable {
    private let state = Mutex(LoopbackServer.Seen())
    private let done = DispatchSemaphore(value: 0)

    var seen: LoopbackServer.Seen { state.withLock { $0 } }

    func change(_ body: @Sendable (inout LoopbackServer.Seen) -> Void) {
        state.withLock { body(&$0) }
    }

    func finish() {
        done.signal()
    }

    func wait() {
        done.wait()
    }
}
