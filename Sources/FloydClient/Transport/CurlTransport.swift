import CCurl
public import FloydModel

/// Requests to one server over libcurl, one after another on one connection that is kept.
///
/// Plain `http`, `https` with the system's certificates, and Unix sockets. The proxies of the environment are used, but not for what
/// stays on this machine. Redirects are not followed: a token goes nowhere else.
public final class CurlTransport: Transport {
    private static let connectTimeoutMilliseconds = 10_000
    private static let bufferSize = 1 << 19

    private let address: ServerAddress
    private let userAgent: String
    private let certificates: String?
    private let isCancelled: () -> Bool
    private let handle: UnsafeMutableRawPointer

    /// - Parameters:
    ///   - certificates: a file of certificates in PEM that are trusted instead of the system's: that of a self-made one, say.
    ///   - isCancelled: asked while a request is under way; true gives it up.
    /// - Throws: `FloydError` with `internalError` if libcurl can't be set up.
    public init(
        to address: ServerAddress,
        userAgent: String = "floydlite/\(FloydClient.version)",
        certificates: String? = nil,
        isCancelled: @escaping () -> Bool = { false }
    ) throws(FloydError) {
        guard let handle = curl_easy_init() else {
            throw FloydError(.internalError, "libcurl could not be set up")
        }
        self.handle = handle
        self.address = address
        self.userAgent = userAgent
        self.certificates = certificates
        self.isCancelled = isCancelled
    }

    deinit {
        curl_easy_cleanup(handle)
    }

    public func perform(
        _ request: TransportRequest,
        receive: (TransportHead, UnsafeRawBufferPointer) throws(FloydError) -> Void
    ) throws(TransportFailure) -> TransportHead {
        if isCancelled() { throw .cancelled }
        curl_easy_reset(handle)
        var headers: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(headers) }
        // A name without a value takes back a field that libcurl would add. Its `Expect` would cost a second where the
        // server doesn't answer it; a body without a type is no form.
        var lines = ["Expect:"]
        if !request.headers.contains(where: { $0.name == "Content-Type" }) { lines.append("Content-Type:") }
        for line in request.headers.map({ "\($0.name): \($0.value)" }) + lines {
            headers = curl_slist_append(headers, line)
        }
        setConnectionOptions(request)
        ccurl_set_list(handle, CURLOPT_HTTPHEADER, headers)

        let result = withoutActuallyEscaping(receive) { receive in
            let exchange = CurlExchange(receive: receive, isCancelled: isCancelled)
            return withExtendedLifetime(exchange) {
                exchange.attach(to: handle)
                return exchange.result(of: run(request, exchange), on: handle, with: address)
            }
        }
        return try result.get()
    }

    private func setConnectionOptions(_ request: TransportRequest) {
        ccurl_set_string(handle, CURLOPT_URL, address.base + request.path)
        ccurl_set_string(handle, CURLOPT_USERAGENT, userAgent)
        ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Self.connectTimeoutMilliseconds)
        ccurl_set_long(handle, CURLOPT_BUFFERSIZE, Self.bufferSize)
        // A log can be quiet for hours: probes tell a quiet server from one that is gone.
        ccurl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1)
        ccurl_set_long(handle, CURLOPT_TCP_KEEPIDLE, 30)
        ccurl_set_long(handle, CURLOPT_TCP_KEEPINTVL, 15)
        if let path = address.socketPath { ccurl_set_string(handle, CURLOPT_UNIX_SOCKET_PATH, path) }
        if address.isLocal { ccurl_set_string(handle, CURLOPT_PROXY, "") }
        if let certificates { ccurl_set_string(handle, CURLOPT_CAINFO, certificates) }
        if let timeout = request.timeout {
            ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, Int(timeout / .milliseconds(1)))
        }
    }

    private func run(_ request: TransportRequest, _ exchange: CurlExchange) -> CURLcode {
        switch request.body {
        case .none:
            if request.method == "HEAD" {
                ccurl_set_long(handle, CURLOPT_NOBODY, 1)
            } else if request.method != "GET" {
                ccurl_set_string(handle, CURLOPT_CUSTOMREQUEST, request.method)
            }
            return curl_easy_perform(handle)
        case .bytes(let bytes):
            // Goes out together with the head.
            return bytes.withUnsafeBytes { bytes in
                ccurl_set_long(handle, CURLOPT_POST, 1)
                ccurl_set_string(handle, CURLOPT_CUSTOMREQUEST, request.method)
                ccurl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
                return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { nothing in
                    // An empty array has no address, and no address would mean the read callback.
                    ccurl_set_pointer(
                        handle,
                        CURLOPT_POSTFIELDS,
                        bytes.baseAddress ?? UnsafeRawPointer(nothing.baseAddress)
                    )
                    return curl_easy_perform(handle)
                }
            }
        case .stream(let source, let offset, let length):
            exchange.attach(source, from: offset, to: handle)
            ccurl_set_long(handle, CURLOPT_UPLOAD, 1)
            ccurl_set_long(handle, CURLOPT_UPLOAD_BUFFERSIZE, Self.bufferSize)
            ccurl_set_string(handle, CURLOPT_CUSTOMREQUEST, request.method)
            ccurl_set_offset(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(length))
            return curl_easy_perform(handle)
        }
    }
}
