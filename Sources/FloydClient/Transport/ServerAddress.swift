public import FloydModel

/// Where a server listens: `http://HOST[:PORT]`, `https://…`, or `unix:PATH` for a socket in the file system.
public struct ServerAddress: Sendable, Hashable {
    /// What a client without any setting asks.
    public static let standard = ServerAddress(base: "http://127.0.0.1:8080", socketPath: nil, host: "127.0.0.1")
    static let standardPort = 8080

    /// What the paths of the interface are appended to.
    public let base: String
    /// The Unix socket that the connection goes to.
    public let socketPath: String?
    let host: String

    private init(base: String, socketPath: String?, host: String) {
        self.base = base
        self.socketPath = socketPath
        self.host = host
    }

    /// - Throws: `FloydError` with `invalidRequest` if `text` is no address. Without a scheme `http` is meant, and then
    ///   without a port 8080.
    public init(parsing text: String) throws(FloydError) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            guard path.hasPrefix("/"), !path.utf8.contains(0), path.utf8.count < 108 else {
                throw Self.refusal(of: text, "a socket's path is absolute and shorter than 108 bytes")
            }
            self.init(base: "http://localhost", socketPath: path, host: "localhost")
            return
        }
        var scheme = "http"
        var rest = Substring(text)
        var isBare = true
        if let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") {
            scheme = text[..<colon].lowercased()
            rest = text[colon...].dropFirst("://".count)
            isBare = false
        }
        guard scheme == "http" || scheme == "https" else { throw Self.refusal(of: text, "its scheme is \(scheme)") }
        while rest.hasSuffix("/") { rest.removeLast() }
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && !"?#@\\\"<>".utf8.contains($0) }) else {
            throw Self.refusal(of: text, "it has characters that an address can't have")
        }
        let authority = rest.prefix { $0 != "/" }
        let (host, port) = Self.split(authority)
        guard !host.isEmpty else { throw Self.refusal(of: text, "it names no host") }
        if let port {
            guard let number = Int(port), (1...65535).contains(number) else {
                throw Self.refusal(of: text, "its port is not a number from 1 to 65535")
            }
        }
        let path = rest.dropFirst(authority.count)
        let suffix = isBare && port == nil ? ":\(Self.standardPort)" : ""
        self.init(
            base: "\(scheme)://\(authority)\(suffix)\(path)",
            socketPath: nil,
            host: host.lowercased()
        )
    }

    /// Whether the connection stays on this machine.
    public var isLocal: Bool {
        socketPath != nil || host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
    }

    /// Whether what is sent can be read on the way.
    public var isEncrypted: Bool { base.hasPrefix("https:") }

    /// Where an answer leads that sends a plain request for `path` to https, or nil if it does not do that.
    func encrypted(by head: TransportHead, to path: String) -> ServerAddress? {
        guard !isEncrypted, socketPath == nil, [301, 302, 307, 308].contains(head.status),
            var location = head.fields["location"].map({ Substring($0) }),
            location.prefix("https://".count).lowercased() == "https://"
        else { return nil }
        if location.hasSuffix(path) {
            location = location.dropLast(path.count)
        } else if let slash = location.dropFirst("https://".count).firstIndex(of: "/") {
            // Somewhere else there: its host is all that can be said.
            location = location[..<slash]
        }
        return try? ServerAddress(parsing: String(location))
    }

    /// Host and port of `authority`; brackets hold the colons of an IPv6 address.
    private static func split(_ authority: Substring) -> (host: Substring, port: Substring?) {
        let afterHost = authority.hasPrefix("[") ? authority.firstIndex(of: "]") : authority.startIndex
        guard let start = afterHost, let colon = authority[start...].firstIndex(of: ":") else {
            return (authority, nil)
        }
        return (authority[..<colon], authority[authority.index(after: colon)...])
    }

    private static func refusal(of text: String, _ flaw: String) -> FloydError {
        FloydError(
            .invalidRequest,
            "\(text.debugDescription) is not the address of a server: \(flaw)",
            hint: "Give it as http://HOST:PORT, https://HOST or unix:/PATH."
        )
    }
}

extension ServerAddress: CustomStringConvertible {
    /// The address as `init(parsing:)` takes it.
    public var description: String { socketPath.map { "unix:\($0)" } ?? base }
}
