import HTTPTypes

extension HTTPField.Name {
    /// The field name that these bytes spell. The usual ones cost neither a copy nor a check.
    init?(parsing bytes: UnsafeRawBufferPointer) {
        if let known = Self.known(bytes) {
            self = known
        } else {
            self.init(String(decoding: bytes, as: UTF8.self))
        }
    }

    private static func known(_ bytes: UnsafeRawBufferPointer) -> HTTPField.Name? {
        switch bytes.count {
        case 5 where bytes.isCaseInsensitively("range"): .range
        case 6 where bytes.isCaseInsensitively("accept"): .accept
        case 6 where bytes.isCaseInsensitively("cookie"): .cookie
        case 6 where bytes.isCaseInsensitively("expect"): .expect
        case 6 where bytes.isCaseInsensitively("origin"): .origin
        case 7 where bytes.isCaseInsensitively("referer"): .referer
        case 10 where bytes.isCaseInsensitively("connection"): .connection
        case 10 where bytes.isCaseInsensitively("user-agent"): .userAgent
        case 12 where bytes.isCaseInsensitively("content-type"): .contentType
        case 13 where bytes.isCaseInsensitively("authorization"): .authorization
        case 13 where bytes.isCaseInsensitively("cache-control"): .cacheControl
        case 13 where bytes.isCaseInsensitively("if-none-match"): .ifNoneMatch
        case 14 where bytes.isCaseInsensitively("content-length"): .contentLength
        case 15 where bytes.isCaseInsensitively("accept-encoding"): .acceptEncoding
        case 15 where bytes.isCaseInsensitively("accept-language"): .acceptLanguage
        case 17 where bytes.isCaseInsensitively("transfer-encoding"): .transferEncoding
        default: nil
        }
    }
}
