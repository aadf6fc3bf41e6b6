public import FloydCore

/// What of the application can be set.
public struct ApplicationConfiguration: Sendable {
    /// The server's version, as pages show it.
    public var version: String
    /// How long an event stream is silent before a comment shows that it lives. Proxies give up after 30 to 60 s.
    public var heartbeat: Duration = .seconds(15)
    /// How much of a log's end a page shows; the rest is behind a link. Bytes.
    public var logExcerpt: Int64 = 1024 * 1024

    /// Who is believed when it says for whom it passes a request on.
    public var trustedProxies = TrustedProxies()

    public init(version: String) {
        self.version = version
    }
}
