import HTTPTypes

@testable import FloydHTTP

/// The head of a request (RFC 9112): one verdict however it arrives; what is accepted has exact line ends and one framing, and means the
/// same when it is written anew.
enum HeadTarget {
    private static let limits: HTTPLimits = {
        var limits = HTTPLimits()
        limits.requestLine = 200
        limits.headerBytes = 400
        limits.headerCount = 8
        return limits
    }()

    private struct Verdict: Equatable {
        var status = 0
        var consumed = 0
        var head: [UInt8]?
    }

    static func check(_ input: [UInt8]) {
        let whole = parse([input[...]], limits)
        for pieces in Pieces.cuts(of: input) {
            require(parse(pieces, limits) == whole, "a head means the same whole and in pieces")
        }
        guard let written = whole.head else { return }
        checkLines(input[..<whole.consumed])
        // Longer than the first time: a Host that stood in the target, for one.
        let again = parse([written[...]], HTTPLimits())
        require(again.head == written && again.consumed == written.count, "a head means the same when written anew")
    }

    private static func parse(_ pieces: [ArraySlice<UInt8>], _ limits: HTTPLimits) -> Verdict {
        var parser = HeadParser(limits: limits)
        var received: [UInt8] = []
        for piece in pieces {
            received += piece
            switch received.withUnsafeBytes({ parser.parse($0) }) {
            case .incomplete: continue
            case .refused(let error):
                require(
                    [400, 413, 414, 417, 431, 501, 505].contains(error.status),
                    "a refusal has a status of its own"
                )
                return Verdict(status: error.status)
            case .complete(let head, let consumed):
                require(consumed <= received.count, "a head is no longer than what came")
                return Verdict(consumed: consumed, head: write(head))
            }
        }
        return Verdict()
    }

    private static func checkLines(_ head: ArraySlice<UInt8>) {
        for index in head.indices {
            switch head[index] {
            case 0x0a: require(index > 0 && head[index - 1] == 0x0d, "no line ends without a carriage return")
            case 0x0d: require(index + 1 < head.endIndex && head[index + 1] == 0x0a, "no carriage return stands alone")
            case 0: require(false, "no NUL is let through")
            default: break
            }
        }
    }

    private static func write(_ head: RequestHead) -> [UInt8] {
        let request = head.request
        let path = request.path ?? ""
        require(path.hasPrefix("/") || path == "*", "a path begins with a slash")
        require(path.utf8.allSatisfy(ByteClass.isTarget), "a path has no byte that isn't a target's")
        if let offset = head.queryOffset {
            require(Array(path.utf8)[offset - 1] == 0x3f, "a query begins behind a question mark")
        }
        let names = request.headerFields.map(\.name)
        require(!names.contains(.contentLength) || !names.contains(.transferEncoding), "a message has one framing")
        if case .length(let length) = head.framing { require(length >= 0, "a length isn't negative") }

        let version = head.version == .http11 ? "1.1" : "1.0"
        var bytes = Array("\(request.method.rawValue) \(path) HTTP/\(version)\r\n".utf8)
        if let authority = request.authority { bytes += "Host: \(authority)\r\n".utf8 }
        for field in request.headerFields {
            bytes += "\(field.name.rawName): ".utf8
            field.withUnsafeBytesOfValue { bytes += $0 }
            bytes += "\r\n".utf8
        }
        return bytes + "\r\n".utf8
    }
}
