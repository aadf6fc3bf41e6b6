import FloydAPI
import FloydClient
import FloydModel
import FoundationEssentials

/// A server that answers from a script, request after request.
final class ScriptedTransport: Transport {
    /// What was asked, bodies read whole.
    struct Exchange {
        var method: String
        var path: String
        var headers: [String: String]
        var body: [UInt8]
    }

    enum Answer {
        case status(Int, [String: String], [UInt8])
        case failure(TransportFailure)
        /// The connection takes the request's body and breaks.
        case broken
        /// Bytes of a body, then a broken connection.
        case partial([UInt8])
    }

    private(set) var exchanges: [Exchange] = []
    private let script: (Exchange) -> Answer

    init(_ script: @escaping (Exchange) -> Answer) {
        self.script = script
    }

    convenience init(_ answers: [Answer]) {
        var rest = answers[...]
        self.init { _ in rest.popFirst() ?? .failure(.unreachable("the script is over")) }
    }

    func perform(
        _ request: TransportRequest,
        receive: (TransportHead, UnsafeRawBufferPointer) throws(FloydError) -> Void
    ) throws(TransportFailure) -> TransportHead {
        var exchange = Exchange(method: request.method, path: request.path, headers: [:], body: [])
        for header in request.headers { exchange.headers[header.name] = header.value }
        do throws(FloydError) {
            exchange.body = try read(request.body)
        } catch {
            throw .local(error)
        }
        exchanges.append(exchange)
        switch script(exchange) {
        case .failure(let failure):
            throw failure
        case .broken:
            throw .broken("reset")
        case .partial(let bytes):
            try deliver(bytes, TransportHead(status: 200), receive)
            throw .broken("reset")
        case .status(let status, let fields, let bytes):
            let head = TransportHead(status: status, fields: fields)
            try deliver(bytes, head, receive)
            return head
        }
    }

    private func deliver(
        _ bytes: [UInt8],
        _ head: TransportHead,
        _ receive: (TransportHead, UnsafeRawBufferPointer) throws(FloydError) -> Void
    ) throws(TransportFailure) {
        var failure: FloydError?
        bytes.withUnsafeBytes { buffer in
            do throws(FloydError) {
                if !buffer.isEmpty { try receive(head, buffer) }
            } catch {
                failure = error
            }
        }
        if let failure { throw .local(failure) }
    }

    private func read(_ body: TransportRequest.Body) throws(FloydError) -> [UInt8] {
        switch body {
        case .none: return []
        case .bytes(let bytes): return bytes
        case .stream(let source, _, let length):
            var bytes: [UInt8] = []
            var isOver = false
            while !isOver, bytes.count < Int(length) {
                let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 7, alignment: 1)
                defer { buffer.deallocate() }
                let count = try source.read(into: buffer)
                bytes += buffer[..<count]
                isOver = count == 0
            }
            return bytes
        }
    }
}

extension ScriptedTransport.Answer {
    static func json(_ message: some Encodable, status: Int = 200) -> Self {
        .status(status, [:], (try? MessageCoding.encode(message)).map([UInt8].init) ?? [])
    }

    static func problem(_ error: FloydError) -> Self {
        .json(Problem(error), status: error.code.status)
    }
}

/// Bytes in memory.
final class MemorySource: ByteSource {
    private let bytes: [UInt8]
    private var position = 0
    private(set) var seeks: [Int64] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    func seek(to offset: Int64) throws(FloydError) {
        seeks.append(offset)
        position = Int(offset)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FloydError) -> Int {
        let part = bytes[position...].prefix(buffer.count)
        buffer.copyBytes(from: part)
        position += part.count
        return part.count
    }
}

extension FloydClient {
    static func scripted(_ transport: ScriptedTransport, token: String? = "secret") -> FloydClient {
        FloydClient(address: .standard, token: token, transport: transport, pause: { _ in })
    }
}
