import FloydHTTP
import HTTPTypes

/// A file that pages refer to. Its address has a fingerprint of its bytes, so that a browser keeps it until it changes.
struct Asset: Sendable {
    let path: String
    let href: String
    private let mediaType: String
    private let bytes: [UInt8]

    init(path: String, mediaType: String, _ text: String) {
        self.path = path
        self.mediaType = mediaType
        bytes = Array(text.utf8)
        href = "\(path)?v=\(Self.fingerprint(of: bytes))"
    }

    /// FNV-1a, 64 bits: tells what this program itself sends from what it sent before.
    static func fingerprint(of bytes: [UInt8]) -> String {
        let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 36)
    }

    static let style = Asset(path: "/assets/style.css", mediaType: "text/css; charset=utf-8", StyleSheet.text)
    static let script = Asset(path: "/assets/log.js", mediaType: "text/javascript; charset=utf-8", LogScript.text)
    static let icon = Asset(path: "/assets/icon.svg", mediaType: "image/svg+xml", Icon.text)

    var route: Route {
        Route(
            .get,
            RouteTemplate(stringLiteral: path),
            query: ["v"],
            .constant(
                HTTPServerResponse(
                    status: .ok,
                    headerFields: [
                        .contentType: mediaType,
                        .cacheControl: "public, max-age=31536000, immutable",
                        .xContentTypeOptions: "nosniff",
                    ],
                    body: .bytes(bytes)
                )
            )
        )
    }
}
