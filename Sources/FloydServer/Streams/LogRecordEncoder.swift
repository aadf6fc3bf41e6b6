import FloydAPI
import FoundationEssentials

/// Log records as JSON, written by hand: a job may print hundreds of thousands of lines in a second.
enum LogRecordEncoder {
    static func append(_ records: [LogRecordMessage], to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        for (index, record) in records.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            append(record, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private static func append(_ record: LogRecordMessage, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: #"{"time":"#.utf8)
        append(record.time, to: &bytes)
        bytes.append(contentsOf: #","stream":"#.utf8)
        append(record.stream, to: &bytes)
        bytes.append(contentsOf: (record.partial ? #","partial":true"# : #","partial":false"#).utf8)
        if let text = record.text {
            bytes.append(contentsOf: #","text":"#.utf8)
            append(text, to: &bytes)
        } else if let base64 = record.base64 {
            bytes.append(contentsOf: #","base64":""#.utf8)
            bytes.append(contentsOf: base64.base64EncodedData())
            bytes.append(UInt8(ascii: "\""))
        }
        if let missing = record.missing {
            bytes.append(contentsOf: #","missing":"#.utf8)
            bytes.append(contentsOf: String(missing).utf8)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// `text` as a JSON string (RFC 8259 §7); runs without anything to escape are copied whole.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { utf8 in
            var start = 0
            for (index, byte) in utf8.enumerated()
            where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                bytes.append(contentsOf: utf8[start..<index])
                appendEscaped(byte, to: &bytes)
                start = index + 1
            }
            bytes.append(contentsOf: utf8[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func appendEscaped(_ byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case UInt8(ascii: "\n"): bytes.append(UInt8(ascii: "n"))
        case UInt8(ascii: "\r"): bytes.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\t"): bytes.append(UInt8(ascii: "t"))
        default:
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        }
    }
}
