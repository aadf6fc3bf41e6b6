import FloydModel

/// The path of a request as the segments that it was split into before decoding, so that `%2F` never separates anything.
enum PathSegments {
    /// - Throws: `invalidPath` for a path that isn't absolute, has a malformed escape, bytes that aren't UTF-8, NUL, or a segment
    ///   that is `.` or `..` in any spelling: no client of this interface sends one, and what it would mean is disputed.
    static func parse(_ path: some StringProtocol) throws(FloydError) -> [String] {
        let path = Substring(path)
        guard path.utf8.first == UInt8(ascii: "/") else {
            throw FloydError(.invalidPath, "the path doesn't begin with a slash")
        }
        var segments: [String] = []
        // By bytes: where a slash stands before a combining mark, they are one character to Swift.
        for part in path.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let segment = PercentDecoding.decode(Substring(part)) else {
                throw FloydError(
                    .invalidPath,
                    "the path has an invalid percent-encoding",
                    hint: "Encode UTF-8 bytes as %XX; NUL has no place in a path."
                )
            }
            guard segment != ".", segment != ".." else {
                throw FloydError(.invalidPath, "the path has a segment that is . or ..")
            }
            segments.append(segment)
        }
        return segments
    }
}
