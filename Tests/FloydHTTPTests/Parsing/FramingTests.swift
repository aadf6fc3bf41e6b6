import HTTPTypes
import Testing

@testable import FloydHTTP

/// The conformance table of RFC 9112 framing: each case whole, and in pieces split at every byte, with one verdict.
@Suite("Framing of requests")
struct FramingTests {
    @Test("a case has its verdict, whole and in pieces", arguments: FramingCase.all)
    func verdict(_ testCase: FramingCase) {
        let bytes = Array(testCase.request.utf8) + testCase.rawSuffix
        #expect(FramingReader.verdict(of: bytes, pieces: [bytes.count]) == testCase.verdict)
        #expect(FramingReader.verdict(of: bytes, pieces: Array(repeating: 1, count: bytes.count)) == testCase.verdict)
        // Splitting a very long case at every byte would prove nothing more.
        let step = max(1, bytes.count / 200)
        for cut in stride(from: 1, to: bytes.count, by: step) {
            let found = FramingReader.verdict(of: bytes, pieces: [cut, bytes.count - cut])
            #expect(found == testCase.verdict, "split after \(cut) bytes")
        }
    }

    @Test("the table is as large as it should be, and no case stands in it twice")
    func tableSize() {
        #expect(FramingCase.all.count >= 120)
        #expect(Set(FramingCase.all.map(\.name)).count == FramingCase.all.count)
    }
}

/// One request and what it means.
struct FramingCase: Sendable, CustomTestStringConvertible {
    enum Verdict: Sendable, Hashable {
        /// Method, path, content, and whether the connection goes on.
        case accepted(String, String, content: String, keeps: Bool = true)
        case refused(Int)
        /// More bytes are needed.
        case incomplete
    }

    var name: String
    var request: String
    var rawSuffix: [UInt8] = []
    var verdict: Verdict

    var testDescription: String { name }

    static func ok(
        _ name: String,
        _ request: String,
        _ content: String = "",
        path: String = "/",
        method: String = "GET",
        keeps: Bool = true
    ) -> Self {
        FramingCase(name: name, request: request, verdict: .accepted(method, path, content: content, keeps: keeps))
    }

    static func bad(_ status: Int, _ name: String, _ request: String, raw: [UInt8] = []) -> Self {
        FramingCase(name: name, request: request, rawSuffix: raw, verdict: .refused(status))
    }

    static let all =
        requestLines + targets + hosts + fieldLines + lengths + transferCodings + chunks + connections + limits
}

/// Reads requests the way a connection does: head, then content, out of bytes that come in pieces.
enum FramingReader {
    static let limits: HTTPLimits = {
        var limits = HTTPLimits()
        limits.requestLine = 200
        limits.headerBytes = 400
        limits.headerCount = 8
        return limits
    }()

    static func verdict(of bytes: [UInt8], pieces: [Int]) -> FramingCase.Verdict {
        var parser = HeadParser(limits: limits)
        var received: [UInt8] = []
        var next = 0
        for piece in pieces {
            received += bytes[next..<next + piece]
            next += piece
            switch received.withUnsafeBytes({ parser.parse($0) }) {
            case .incomplete: continue
            case .refused(let error): return .refused(error.status)
            case .complete(let head, let consumed):
                let started = Array(received[consumed...])
                let bytewise = pieces.count == bytes.count
                return content(of: head, started, rest: Array(bytes[next...]), bytewise: bytewise)
            }
        }
        return .incomplete
    }

    private static func content(of head: RequestHead, _ started: [UInt8], rest: [UInt8], bytewise: Bool)
        -> FramingCase.Verdict
    {
        let method = head.request.method.rawValue
        let path = head.request.path ?? ""
        var content: [UInt8] = []
        switch head.framing {
        case .none:
            break
        case .length(let length):
            content = started + rest
            guard content.count >= Int(clamping: length) else { return .incomplete }
            content = Array(content.prefix(Int(length)))
        case .chunked:
            var decoder = ChunkedDecoder(limits: limits)
            let tail = bytewise ? rest.map { [$0] } : [rest]
            for piece in [started] + tail where !decoder.isDone {
                switch decode(piece, with: &decoder) {
                case .success(let produced): content += produced
                case .failure(let error): return .refused(error.status)
                }
            }
            guard decoder.isDone else { return .incomplete }
        }
        return .accepted(method, path, content: String(decoding: content, as: UTF8.self), keeps: head.isPersistent)
    }

    /// Decodes into a small room, so that a chunk is cut there too.
    static func decode(_ bytes: [UInt8], with decoder: inout ChunkedDecoder) -> Result<[UInt8], ProtocolError> {
        var produced: [UInt8] = []
        var used = 0
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 3, alignment: 1)
        defer { room.deallocate() }
        while used < bytes.count, !decoder.isDone {
            let outcome = bytes[used...].withUnsafeBytes { input in
                Result { () throws(ProtocolError) in try decoder.decode(input, into: room) }
            }
            switch outcome {
            case .success(let (consumed, count)):
                used += consumed
                produced += room[..<count]
            case .failure(let error):
                return .failure(error)
            }
        }
        return .success(produced)
    }
}
