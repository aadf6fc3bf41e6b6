import HTTPTypes

/// The first line of a request (RFC 9112 §3), parsed strictly: single spaces, and a target in one of the four forms.
struct RequestLine: Hashable {
    var method: HTTPRequest.Method
    /// The target in origin form, or `*`.
    var path: String
    var queryOffset: Int?
    /// The authority of a target in absolute form, which stands above the Host field (RFC 9112 §3.2.2).
    var authority: String?
    var version: HTTPVersion

    /// A method that is longer belongs to no server (RFC 9112 §3: 501).
    static let longestMethod = 32

    init(parsing line: UnsafeRawBufferPointer) throws(ProtocolError) {
        guard let firstSpace = line.firstIndex(of: 0x20) else { throw Self.malformed }
        let name = line.slice(0..<firstSpace)
        guard !name.isEmpty, name.allSatisfy(ByteClass.isToken) else { throw Self.malformed }
        guard name.count <= Self.longestMethod else { throw ProtocolError(501, "method not implemented") }
        guard let lastSpace = line.lastIndex(of: 0x20), lastSpace > firstSpace + 1 else { throw Self.malformed }
        version = try Self.version(line.slice(lastSpace + 1..<line.count))
        let target = line.slice(firstSpace + 1..<lastSpace)
        try Self.checkTarget(target)
        method = try Self.method(name)
        if method == .connect { throw ProtocolError(501, "CONNECT not implemented") }

        if target[0] == 0x2f {
            path = String(decoding: target, as: UTF8.self)
            queryOffset = target.firstIndex(of: 0x3f).map { $0 + 1 }
        } else if target.isExactly("*") {
            guard method == .options else { throw ProtocolError(400, "asterisk form is for OPTIONS alone") }
            path = "*"
        } else {
            let absolute = try AbsoluteTarget(parsing: target)
            path = absolute.path.isEmpty && method == .options ? "*" : absolute.originForm
            queryOffset = path.utf8.firstIndex(of: 0x3f).map { path.utf8.distance(from: path.startIndex, to: $0) + 1 }
            authority = absolute.authority
        }
    }

    private static let malformed = ProtocolError(400, "malformed request line")

    private static func version(_ text: UnsafeRawBufferPointer) throws(ProtocolError) -> HTTPVersion {
        guard text.count == 8, text.slice(0..<5).isExactly("HTTP/"), text[6] == 0x2e,
            ByteClass.isDigit(text[5]), ByteClass.isDigit(text[7])
        else { throw malformed }
        guard text[5] == 0x31 else { throw ProtocolError(505, "only HTTP/1.1 and HTTP/1.0 are spoken here") }
        // A higher minor version is served as the highest known one (RFC 9110 §2.5).
        return text[7] == 0x30 ? .http10 : .http11
    }

    private static func checkTarget(_ target: UnsafeRawBufferPointer) throws(ProtocolError) {
        var index = 0
        while index < target.count {
            let byte = target[index]
            guard ByteClass.isTarget(byte) else { throw ProtocolError(400, "invalid byte in the request target") }
            if byte == 0x25 {
                guard index + 2 < target.count, ByteClass.hexValue(target[index + 1]) != nil,
                    ByteClass.hexValue(target[index + 2]) != nil
                else { throw ProtocolError(400, "invalid percent-encoding in the request target") }
                index += 2
            }
            index += 1
        }
    }

    private static func method(_ name: UnsafeRawBufferPointer) throws(ProtocolError) -> HTTPRequest.Method {
        if name.isExactly("GET") { return .get }
        if name.isExactly("POST") { return .post }
        if name.isExactly("HEAD") { return .head }
        if name.isExactly("PUT") { return .put }
        if name.isExactly("PATCH") { return .patch }
        if name.isExactly("DELETE") { return .delete }
        guard let method = HTTPRequest.Method(String(decoding: name, as: UTF8.self)) else { throw malformed }
        return method
    }
}

/// A request target in absolute form, `http://host:port/path?query`.
private struct AbsoluteTarget {
    var authority: String
    var path: String
    var originForm: String

    init(parsing target: UnsafeRawBufferPointer) throws(ProtocolError) {
        let schemeLength: Int
        if target.count >= 7, target.slice(0..<7).isCaseInsensitively("http://") {
            schemeLength = 7
        } else if target.count >= 8, target.slice(0..<8).isCaseInsensitively("https://") {
            schemeLength = 8
        } else {
            throw ProtocolError(400, "malformed request target")
        }
        let rest = target.slice(schemeLength..<target.count)
        let end = rest.firstIndex { $0 == 0x2f || $0 == 0x3f } ?? rest.count
        let host = rest.slice(0..<end)
        guard !host.isEmpty, HostValue.isValid(host) else {
            throw ProtocolError(400, "invalid authority in the request target")
        }
        authority = String(decoding: host, as: UTF8.self)
        path = String(decoding: rest.slice(end..<rest.count), as: UTF8.self)
        originForm = path.hasPrefix("/") ? path : "/" + path
    }
}
