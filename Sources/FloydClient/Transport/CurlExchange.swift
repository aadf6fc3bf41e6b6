import CCurl
import FloydModel

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// One request on its way through libcurl: what the callbacks read and leave behind.
///
/// All callbacks come on the thread that performs the request, while it does.
final class CurlExchange {
    private let receive: (TransportHead, UnsafeRawBufferPointer) throws(FloydError) -> Void
    private let isCancelled: () -> Bool
    private var source: (any ByteSource)?
    private var sourceStart: Int64 = 0
    private var head = TransportHead(status: 0)
    private var failure: FloydError?

    init(
        receive: @escaping (TransportHead, UnsafeRawBufferPointer) throws(FloydError) -> Void,
        isCancelled: @escaping () -> Bool
    ) {
        self.receive = receive
        self.isCancelled = isCancelled
    }

    func attach(to handle: UnsafeMutableRawPointer) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_set_receive(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            CurlExchange.from(context)?.takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
            return size * count
        }
        ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        ccurl_set_receive(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            let taken = CurlExchange.from(context)?.takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
            return taken == true ? size * count : Int.max
        }
        ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        ccurl_set_long(handle, CURLOPT_NOPROGRESS, 0)
        ccurl_set_progress(handle) { context, _, _, _, _ in
            CurlExchange.from(context)?.isCancelled() == true ? 1 : 0
        }
        ccurl_set_pointer(handle, CURLOPT_XFERINFODATA, context)
    }

    func attach(_ source: any ByteSource, from offset: Int64, to handle: UnsafeMutableRawPointer) {
        self.source = source
        sourceStart = offset
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_set_receive(handle, CURLOPT_READFUNCTION) { bytes, size, count, context in
            CurlExchange.from(context)?.fill(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
                ?? ccurl_read_abort()
        }
        ccurl_set_pointer(handle, CURLOPT_READDATA, context)
        // libcurl goes back to the start when a kept connection turns out to be closed.
        ccurl_set_seek(handle) { context, offset, origin in
            CurlExchange.from(context)?.rewind(to: Int64(offset), origin) == true
                ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
        }
        ccurl_set_pointer(handle, CURLOPT_SEEKDATA, context)
    }

    /// What `code`, the end of the transfer, means.
    func result(
        of code: CURLcode,
        on handle: UnsafeMutableRawPointer,
        with address: ServerAddress
    ) -> Result<TransportHead, TransportFailure> {
        if let failure { return .failure(.local(failure)) }
        let text = String(cString: curl_easy_strerror(code))
        switch code {
        case CURLE_OK:
            return .success(head)
        case CURLE_ABORTED_BY_CALLBACK:
            return .failure(.cancelled)
        case CURLE_PEER_FAILED_VERIFICATION:
            return .failure(
                .unreachable("\(text); where it is the server's own, SSL_CERT_FILE names a copy of it to trust")
            )
        case CURLE_COULDNT_CONNECT:
            return .failure(.refused(text))
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_SSL_CONNECT_ERROR,
            CURLE_SSL_CACERT_BADFILE, CURLE_URL_MALFORMAT,
            CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL:
            return .failure(.unreachable(text))
        default:
            return .failure(head.status == 0 && source == nil ? .unanswered(text) : .broken(text))
        }
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> CurlExchange? {
        context.map { Unmanaged<CurlExchange>.fromOpaque($0).takeUnretainedValue() }
    }

    /// One header line; a status line begins a new head, since an interim answer (100) has one of its own.
    private func takeHeader(_ bytes: UnsafeRawBufferPointer) {
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            let parts = line.split(separator: " ", maxSplits: 2)
            head = TransportHead(status: parts.count > 1 ? Int(parts[1].prefix(3)) ?? 0 : 0)
            return
        }
        guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { return }
        let value = line[line.utf8.index(after: colon)...]
        head.fields[line[..<colon].lowercased()] = String(value.drop { $0.isWhitespace }.trimmingEnd)
    }

    private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        do throws(FloydError) {
            try receive(head, bytes)
            return true
        } catch {
            failure = error
            return false
        }
    }

    private func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        do throws(FloydError) {
            return try source?.read(into: buffer) ?? 0
        } catch {
            failure = error
            return ccurl_read_abort()
        }
    }

    private func rewind(to offset: Int64, _ origin: Int32) -> Bool {
        guard origin == SEEK_SET else { return false }
        do throws(FloydError) {
            try source?.seek(to: sourceStart + offset)
            return true
        } catch {
            failure = error
            return false
        }
    }
}

extension Substring {
    fileprivate var trimmingEnd: Substring {
        var text = self
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
