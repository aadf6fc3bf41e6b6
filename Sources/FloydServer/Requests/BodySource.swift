import FloydCore
import FloydHTTP

/// Bodies that are read as they come.
enum BodySource {
    /// Bytes asked of the connection at a time.
    static let pieceSize = 1024 * 1024
    /// Bytes of a manifest: a million entries take about 150 MB.
    static let manifestLimit: Int64 = 1 << 30
    /// Bytes of a commit's hashes: a million take 65 MB.
    static let hashesLimit: Int64 = 1 << 28
    /// Bytes of recipes: two million parts.
    static let recipesLimit: Int64 = 1 << 26

    /// The body's pieces.
    ///
    /// - Parameter limit: how much of it is taken at most; what is over is `HTTPBodyError`.
    static func of(_ body: HTTPRequestBody, limit: Int64) -> ByteSource {
        body.allow(upTo: limit)
        return { try await body.read(upTo: pieceSize) }
    }
}
