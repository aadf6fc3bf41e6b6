public import FloydModel

/// The form of one manifest line: a JSON object and a newline.
///
/// ```
/// {"path":"src","type":"dir"}
/// {"path":"src/main.py","type":"file","size":120,"executable":true,"blake3":"4878…"}
/// {"path":"src/latest","type":"link","target":"main.py"}
/// ```
/// What `line` writes is canonical: these keys in this order, `executable` only where true, no spaces, nothing escaped but
/// `"`, `\` and the control characters below U+0020 (as `\u00xx`). One entry thus has one line, and the SHA-256 over all lines of
/// a tree (hashes included) is the tree's digest. What `entry` reads may have other spacing, order and escapes.
public enum ManifestCoding {
    /// `entry` as its canonical line, newline included.
    public static func line(_ entry: ManifestEntry) -> [UInt8] {
        var line: [UInt8] = []
        append(entry, to: &line)
        return line
    }

    /// Appends the canonical line of `entry`: for writers of many lines, without an array for each.
    public static func append(_ entry: ManifestEntry, to line: inout [UInt8]) {
        line.reserveCapacity(line.count + entry.path.utf8.count + 144)
        append("{\"path\":\"", to: &line)
        appendEscaped(entry.path, to: &line)
        switch entry.kind {
        case .dir:
            append("\",\"type\":\"dir\"", to: &line)
        case .link:
            append("\",\"type\":\"link\",\"target\":\"", to: &line)
            appendEscaped(entry.target ?? "", to: &line)
            append("\"", to: &line)
        case .file:
            append("\",\"type\":\"file\",\"size\":", to: &line)
            line.append(contentsOf: String(entry.size).utf8)
            if entry.executable { append(",\"executable\":true", to: &line) }
            if let hash = entry.hash {
                switch hash.algorithm {
                case .blake3: append(",\"blake3\":\"", to: &line)
                case .sha256: append(",\"sha256\":\"", to: &line)
                }
                Hex.append(hash.bytes, to: &line)
                append("\"", to: &line)
            }
        }
        append("}\n", to: &line)
    }

    /// The entry of one line, with or without its newline. Only the form is judged here; `ManifestReader` also judges the paths.
    ///
    /// - Throws: `FloydError` with `invalidRequest`: no JSON object, an unknown or repeated key, a key that doesn't belong to the
    ///   type, a value of the wrong type, a negative or fractional size, a hash that isn't 64 lowercase hexadecimal digits.
    public static func entry(line: [UInt8]) throws(FloydError) -> ManifestEntry {
        try line.withUnsafeBufferPointer { bytes throws(FloydError) in
            try entry(line: UnsafeRawBufferPointer(bytes))
        }
    }

    /// The same without a copy of the line.
    public static func entry(line: UnsafeRawBufferPointer) throws(FloydError) -> ManifestEntry {
        var parser = ManifestLineParser(line)
        do {
            return try parser.entry()
        } catch {
            throw FloydError(.invalidRequest, error.message)
        }
    }

    /// What one line says of another tree's manifest: a line as above, for an entry that comes, or comes in the place of the one at its path;
    /// or that there is none any more:
    ///
    /// ```
    /// {"path":"src/old.py","removed":true}
    /// ```
    /// - Throws: as `entry` does.
    public static func change(line: UnsafeRawBufferPointer) throws(FloydError) -> ManifestChange {
        var parser = ManifestLineParser(line)
        do {
            return try parser.change()
        } catch {
            throw FloydError(.invalidRequest, error.message)
        }
    }

    /// Appends the line which says that there is nothing at `path` any more.
    public static func appendRemoval(of path: String, to line: inout [UInt8]) {
        append("{\"path\":\"", to: &line)
        appendEscaped(path, to: &line)
        append("\",\"removed\":true}\n", to: &line)
    }

    private static func append(_ text: StaticString, to line: inout [UInt8]) {
        line.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private static func appendEscaped(_ text: String, to line: inout [UInt8]) {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) else {
            line.append(contentsOf: text.utf8)
            return
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                line.append(UInt8(ascii: "\\"))
                line.append(byte)
            case 0..<0x20:
                append("\\u00", to: &line)
                line.append(Hex.digit(byte >> 4))
                line.append(Hex.digit(byte & 15))
            default:
                line.append(byte)
            }
        }
    }
}
