import FloydCore
import FloydHTTP

/// Bodies that are read as they come.
enum BodySource {
    /// Bytes asked of the connection at a time.
    static let pieceSize = 512 * 1024
    /// Bytes of a manifest: a million entries take about 150 MB.
    static let manifestLimit: Int64 = 1 << 30
    /// Bytes of a commit's hashes: a million take 65 MB.
    static let hashesLimit: Int64 = 1 << 28
    /// Bytes of recipes: two million parts.
    static let recipesLimit: Int64 = 1 << 26

    /// The body's pieces.
    ///
    /// - Parameters:
    ///   - limit: how much of it is taken at most; what is over is `HTTPBodyError`.
    ///   - counter: to which their bytes are added.
    static func of(_ body: HTTPRequestBody, limit: Int64, counting counter: Counter? = nil) -> ByteSource {
        body.allow(upTo: limit)
        return {
            let piece = try await body.read(upTo: pieceSize)
            if let counter, let piece { counter.add(piece.count) }
            return piece
        }
    }

    /// The same, for who has memory for it.
    static func stream(_ body: HTTPRequestBody, limit: Int64, counting counter: Counter) -> ByteStream {
        body.allow(upTo: limit)
        return ByteStream { memory, goesOn in
            let count = try await body.read(into: memory, while: goesOn)
            counter.add(count)
            return count
        }
    }
}
