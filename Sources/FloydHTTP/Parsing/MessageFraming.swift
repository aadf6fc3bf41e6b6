/// What the header fields say of the message's content and of the connection, gathered field by field and decided at the
/// end. Everything that two readers could understand differently is refused (RFC 9112 §6.3, §11.2).
struct MessageFraming {
    private(set) var host: String?
    private var hosts = 0
    private var contentLength: Int64?
    private var hasTransferEncoding = false
    private var codings = 0
    private var chunkedAt: [Int] = []
    private var wantsClose = false
    private var wantsKeepAlive = false
    private var expectsContinue = false
    private var hasUnknownExpectation = false

    struct Decision {
        var framing: BodyFraming
        var isPersistent: Bool
        var expectsContinue: Bool
    }

    /// Takes notice of a field. True when it is one that the request's fields leave out (Host, which is the authority).
    mutating func note(_ field: FieldLine) throws(ProtocolError) -> Bool {
        switch field.name.count {
        case 4 where field.name.isCaseInsensitively("host"):
            try noteHost(field.value)
            return true
        case 6 where field.name.isCaseInsensitively("expect"):
            if field.value.isCaseInsensitively("100-continue") {
                expectsContinue = true
            } else {
                hasUnknownExpectation = true
            }
        case 10 where field.name.isCaseInsensitively("connection"):
            field.value.forEachListElement { option in
                if option.isCaseInsensitively("close") { wantsClose = true }
                if option.isCaseInsensitively("keep-alive") { wantsKeepAlive = true }
            }
        case 14 where field.name.isCaseInsensitively("content-length"):
            try noteContentLength(field.value)
        case 17 where field.name.isCaseInsensitively("transfer-encoding"):
            try noteTransferEncoding(field.value)
        default:
            break
        }
        return false
    }

    func decide(version: HTTPVersion) throws(ProtocolError) -> Decision {
        if hosts == 0, version == .http11 { throw ProtocolError(400, "Host is missing") }
        let framing = try decideFraming(version: version)
        if hasUnknownExpectation { throw ProtocolError(417, "unknown expectation") }
        return Decision(
            framing: framing,
            isPersistent: version == .http11 ? !wantsClose : wantsKeepAlive && !wantsClose,
            // An expectation in HTTP/1.0 is ignored, and nobody waits where there is no content (RFC 9110 §10.1.1).
            expectsContinue: expectsContinue && version == .http11 && framing != .none && framing != .length(0)
        )
    }

    private func decideFraming(version: HTTPVersion) throws(ProtocolError) -> BodyFraming {
        guard hasTransferEncoding else { return contentLength.map(BodyFraming.length) ?? .none }
        if contentLength != nil { throw ProtocolError(400, "both Content-Length and Transfer-Encoding") }
        if version == .http10 { throw ProtocolError(400, "Transfer-Encoding in HTTP/1.0") }
        guard chunkedAt == [codings - 1] else {
            throw ProtocolError(400, "chunked has to be the last transfer coding, once")
        }
        if codings > 1 { throw ProtocolError(501, "no transfer coding but chunked is implemented") }
        return .chunked
    }

    private mutating func noteHost(_ value: UnsafeRawBufferPointer) throws(ProtocolError) {
        hosts += 1
        guard hosts == 1 else { throw ProtocolError(400, "more than one Host") }
        guard HostValue.isValid(value) else { throw ProtocolError(400, "invalid Host") }
        host = String(decoding: value, as: UTF8.self)
    }

    private mutating func noteContentLength(_ value: UnsafeRawBufferPointer) throws(ProtocolError) {
        guard contentLength == nil else { throw ProtocolError(400, "more than one Content-Length") }
        guard !value.isEmpty, value.allSatisfy(ByteClass.isDigit) else {
            throw ProtocolError(400, "invalid Content-Length")
        }
        var length: Int64 = 0
        for digit in value {
            let (tenfold, overTen) = length.multipliedReportingOverflow(by: 10)
            let (sum, overSum) = tenfold.addingReportingOverflow(Int64(digit - 0x30))
            if overTen || overSum { throw ProtocolError(413, "Content-Length is beyond every limit") }
            length = sum
        }
        contentLength = length
    }

    private mutating func noteTransferEncoding(_ value: UnsafeRawBufferPointer) throws(ProtocolError) {
        hasTransferEncoding = true
        try value.forEachListElement { coding throws(ProtocolError) in
            if coding.isCaseInsensitively("chunked") {
                chunkedAt.append(codings)
            } else if !coding.allSatisfy(ByteClass.isToken) {
                throw ProtocolError(400, "invalid Transfer-Encoding")
            }
            codings += 1
        }
    }
}
