/// Where a server listens.
public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// A host name or address without brackets, and a port; port 0 lets the system choose.
    case tcp(host: String, port: UInt16)
    /// The path of a Unix socket.
    case unix(path: String)

    /// Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:0` or `unix:/path`.
    public init(parsing text: String) throws(HTTPServerError) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/"), path.utf8.count <= Self.longestPath, !path.utf8.contains(0) else {
                throw HTTPServerError(
                    .invalidAddress,
                    "\(text) is no address to listen on",
                    hint: "A Unix socket's path is absolute and has at most \(Self.longestPath) bytes."
                )
            }
            self = .unix(path: path)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = Self.port(text[text.index(after: colon)...]),
            let host = Self.host(text[..<colon])
        else {
            throw HTTPServerError(
                .invalidAddress,
                "\(text) is no address to listen on",
                hint: "Write 127.0.0.1:8080, [::1]:8080, localhost:8080 or unix:/path."
            )
        }
        self = .tcp(host: host, port: port)
    }

    /// `sun_path` holds 108 bytes with the NUL at the end, unix(7).
    static let longestPath = 107

    private static func port(_ text: Substring) -> UInt16? {
        text.utf8.allSatisfy(ByteClass.isDigit) ? UInt16(text) : nil
    }

    private static func host(_ text: Substring) -> String? {
        if text.hasPrefix("[") {
            guard text.hasSuffix("]"), text.contains(":") else { return nil }
            return String(text.dropFirst().dropLast())
        }
        return text.isEmpty || text.contains(":") || text.contains(" ") ? nil : String(text)
    }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool {
        switch self {
        case .unix: true
        case .tcp(let host, _): host == "localhost" || host == "::1" || Self.isLoopbackIPv4(host)
        }
    }

    private static func isLoopbackIPv4(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// The address as `init(parsing:)` reads it.
    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}
