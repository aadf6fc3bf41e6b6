import FloydHTTP
import FloydModel

/// How large the head of a request to one route may be. The server's own limits (`HTTPLimits`) are the most for any; they hold before a route is known,
/// these as soon as it is, before anybody is asked who they are and before any of the body is read.
///
/// A browser's head has 1 to 2 KiB in some 20 fields. What makes it large are cookies, which browsers send to every port of a host name, so that
/// whatever else is served under the machine's name adds its own, up to 4 KiB each (RFC 6265 §6.1); and proxies in front, which add up to a dozen fields. The ordinary
/// limit of 16 KiB in 64 fields leaves 13 KiB to cookies, and is where other servers have theirs.
struct HeadLimits: Sendable, Hashable {
    /// Bytes of the request line, without its line end: method, target and version.
    var line = 2 * 1024
    /// Bytes of all field lines together, line ends included.
    var bytes = 16 * 1024
    /// Field lines.
    var count = 64

    /// For addresses of names, ids and numbers. A full name has some 160 bytes at most, three times as much where all of it is percent-encoded; lists
    /// take two of them.
    static let ordinary = HeadLimits()
    /// For addresses with a path of a file, a message or a file's name, in which a character can take 12 bytes: all that the server takes.
    static let longAddress = HeadLimits(line: 8 * 1024)
    /// For the page that leads on to another after the login: its address has the other's, escaped.
    static let pageWithAnother = HeadLimits(line: 4 * 1024)
    /// For uploads whose description stands in a field, of 8 KiB at most (`TusCreation`).
    static let withMetadata = HeadLimits(bytes: 24 * 1024)

    /// - Throws: `targetTooLong`, or `headTooLarge` for too many fields or too many bytes of them.
    func check(_ size: HTTPHeadSize) throws(FloydError) {
        guard size.requestLine <= line else {
            throw FloydError(
                .targetTooLong,
                "the request line has \(size.requestLine) bytes, and at most \(line) are taken here"
            )
        }
        guard size.headerCount <= count else {
            throw FloydError(
                .headTooLarge,
                "the request has \(size.headerCount) header fields, and at most \(count) are taken here"
            )
        }
        guard size.headerBytes <= bytes else {
            throw FloydError(
                .headTooLarge,
                "the request's header fields have \(size.headerBytes) bytes, and at most \(bytes) are taken here",
                hint: "A browser's cookies for this host name are sent, too, whoever set them."
            )
        }
    }
}
