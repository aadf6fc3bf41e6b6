import HTTPTypes

/// How the content of an answer is delimited (RFC 9112 §6.3).
enum ResponseFraming: Hashable {
    /// No content by the nature of the answer (204, 304), and no length.
    case none
    case length(Int64)
    case chunked
    /// To the end of the connection, for a client of HTTP/1.0.
    case close
}

/// Writes the head of an answer.
enum ResponseHead {
    static func write(
        status: HTTPResponse.Status,
        fields: HTTPFields,
        framing: ResponseFraming,
        connection: ConnectionOption?,
        date: String,
        into output: inout OutputBuffer
    ) {
        output.append(literal: "HTTP/1.1 ")
        output.append(decimal: Int64(status.code))
        output.append(literal: " ")
        output.append(status.reasonPhrase)
        output.append(literal: "\r\nDate: ")
        output.append(date)
        switch framing {
        case .none, .close:
            break
        case .length(let length):
            output.append(literal: "\r\nContent-Length: ")
            output.append(decimal: length)
        case .chunked:
            output.append(literal: "\r\nTransfer-Encoding: chunked")
        }
        switch connection {
        case .close: output.append(literal: "\r\nConnection: close")
        case .keepAlive: output.append(literal: "\r\nConnection: keep-alive")
        case nil: break
        }
        for field in fields where !isOwn(field.name) {
            output.append(literal: "\r\n")
            output.append(field.name.rawName)
            output.append(literal: ": ")
            field.withUnsafeBytesOfValue { output.append(UnsafeRawBufferPointer($0)) }
        }
        output.append(literal: "\r\n\r\n")
    }

    enum ConnectionOption {
        case close
        case keepAlive
    }

    private static func isOwn(_ name: HTTPField.Name) -> Bool {
        switch name.canonicalName.utf8.count {
        case 4: name == .date
        case 10: name == .connection || name.canonicalName == "keep-alive"
        case 14: name == .contentLength
        case 17: name == .transferEncoding
        default: false
        }
    }
}
