import FloydCore
import FloydHTTP

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the access log says of one request. Of its target only the route's template: paths and queries hold names, and may hold what nobody
/// should read.
struct AccessLogLine: Sendable {
    /// What came of the request.
    enum Course: Sendable {
        /// - Parameters:
        ///   - route: the template; nil where no route fits.
        ///   - duration: from the end of the head to the end of the answer.
        case answered(
            method: String,
            route: String?,
            received: Int64,
            sent: Int64,
            duration: Duration,
            user: String?,
            isIncomplete: Bool
        )
        /// No handler saw it.
        case refused(reason: String)
    }

    /// Milliseconds since 1970.
    var time: Int64
    var status: Int
    var client: String
    var course: Course

    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Appends the line, an object of JSON and a newline.
    func write(into bytes: inout [UInt8]) {
        var line = JSONLine()
        line.add("time", UTCTime.text(milliseconds: time))
        switch course {
        case .answered(let method, let route, let received, let sent, let duration, let user, let isIncomplete):
            line.add("method", method)
            if let route { line.add("route", route) }
            line.add("status", Int64(status))
            line.add("received", received)
            line.add("sent", sent)
            line.add(seconds: duration, "duration")
            if let user { line.add("user", user) }
            line.add("client", client)
            if isIncomplete { line.add("incomplete") }
        case .refused(let reason):
            line.add("status", Int64(status))
            line.add("refused", reason)
            line.add("client", client)
        }
        line.end(into: &bytes)
    }

    /// Appends a line that says how many were dropped.
    static func writeDropped(_ count: Int, into bytes: inout [UInt8]) {
        var line = JSONLine()
        line.add("time", UTCTime.text(milliseconds: now()))
        line.add("dropped", Int64(count))
        line.end(into: &bytes)
    }
}

/// Builds an object of JSON on one line.
struct JSONLine {
    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    mutating func add(_ name: String, _ value: String) {
        begin(name)
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20, 0x7f:
                bytes += "\\u00".utf8
                bytes.append(Self.digits[Int(byte >> 4)])
                bytes.append(Self.digits[Int(byte & 15)])
            default:
                bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func add(_ name: String, _ value: Int64) {
        begin(name)
        bytes += String(value).utf8
    }

    /// Adds a span of time in seconds, to the microsecond.
    mutating func add(seconds value: Duration, _ name: String) {
        begin(name)
        let (seconds, attoseconds) = value.components
        let fraction = String(attoseconds / 1_000_000_000_000)
        bytes += "\(seconds).\(String(repeating: "0", count: max(0, 6 - fraction.utf8.count)))\(fraction)".utf8
    }

    /// Adds `true`.
    mutating func add(_ name: String) {
        begin(name)
        bytes += "true".utf8
    }

    func end(into line: inout [UInt8]) {
        line += bytes
        line += "}\n".utf8
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private mutating func begin(_ name: String) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\""))
        bytes += name.utf8
        bytes += "\":".utf8
    }
}

/// Times as RFC 3339 writes them.
enum UTCTime {
    /// `2026-11-23T02:59:00.123Z`
    static func text(milliseconds: Int64) -> String {
        var seconds = time_t(milliseconds / 1000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func digits(_ number: Int32, _ count: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
        }
        let date = "\(digits(parts.tm_year + 1900, 4))-\(digits(parts.tm_mon + 1, 2))-\(digits(parts.tm_mday, 2))"
        let time = "\(digits(parts.tm_hour, 2)):\(digits(parts.tm_min, 2)):\(digits(parts.tm_sec, 2))"
        return "\(date)T\(time).\(digits(Int32(milliseconds % 1000), 3))Z"
    }
}
