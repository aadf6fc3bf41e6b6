/// Reads the JSON object of one manifest line, strictly (RFC 8259, and no key twice).
struct ManifestLineParser {
    struct Flaw: Error {
        let message: String
    }

    private var reader: JSONTokenReader
    private var path: String?
    private var kind: ManifestEntry.Kind?
    private var executable: Bool?
    private var size: Int64?
    private var hash: ContentHash?
    private var target: String?
    private var removed: Bool?

    init(_ line: UnsafeRawBufferPointer) {
        reader = JSONTokenReader(line)
    }

    mutating func entry() throws(Flaw) -> ManifestEntry {
        guard case .put(let entry) = try change() else { throw Flaw(message: "there is no key \"removed\"") }
        return entry
    }

    mutating func change() throws(Flaw) -> ManifestChange {
        try reader.expect(UInt8(ascii: "{"), "an object")
        if !reader.skip(UInt8(ascii: "}")) {
            repeat {
                let key = try reader.string()
                try reader.expect(UInt8(ascii: ":"), "a colon")
                try readValue(of: key)
            } while reader.skip(UInt8(ascii: ","))
            try reader.expect(UInt8(ascii: "}"), "a comma or the object's end")
        }
        guard reader.isAtEnd else { throw Flaw(message: "there is something after the object") }
        return try removed == nil ? .put(assembled()) : removal()
    }

    private mutating func readValue(of key: String) throws(Flaw) {
        switch key {
        case "path": try Self.set(&path, try reader.string(), key)
        case "type":
            let text = try reader.string()
            guard let value = ManifestEntry.Kind(rawValue: text) else {
                throw Flaw(message: "type is \(TreePath.quoted(text)), which is none of file, dir and link")
            }
            try Self.set(&kind, value, key)
        case "executable": try Self.set(&executable, try reader.boolean(), key)
        case "size": try Self.set(&size, try reader.size(), key)
        case HashAlgorithm.blake3.rawValue: try readHash(.blake3)
        case HashAlgorithm.sha256.rawValue: try readHash(.sha256)
        case "target": try Self.set(&target, try reader.string(), key)
        case "removed": try Self.set(&removed, try reader.boolean(), key)
        default: throw Flaw(message: "there is no key \(TreePath.quoted(key))")
        }
    }

    private mutating func readHash(_ algorithm: HashAlgorithm) throws(Flaw) {
        guard let value = try reader.hexadecimal(FileHasher.length) else {
            throw Flaw(message: "\(algorithm) is not 64 lowercase hexadecimal digits")
        }
        guard hash.map({ $0.algorithm == algorithm }) ?? true else { throw Flaw(message: "there are two hashes") }
        try Self.set(&hash, ContentHash(algorithm, value), algorithm.rawValue)
    }

    private static func set<Value>(_ place: inout Value?, _ value: Value, _ key: String) throws(Flaw) {
        guard place == nil else { throw Flaw(message: "\(key) stands there twice") }
        place = value
    }

    private func removal() throws(Flaw) -> ManifestChange {
        guard let path else { throw Flaw(message: "there is no path") }
        guard removed == true, kind == nil, executable == nil, size == nil, hash == nil, target == nil else {
            throw Flaw(message: "what is removed has a path and nothing else")
        }
        return .remove(path)
    }

    private func assembled() throws(Flaw) -> ManifestEntry {
        guard let path else { throw Flaw(message: "there is no path") }
        guard let kind else { throw Flaw(message: "there is no type") }
        if kind != .file, size != nil || executable != nil || hash != nil {
            throw Flaw(message: "size, executable and hash belong to files alone")
        }
        if kind == .file, size == nil { throw Flaw(message: "the file has no size") }
        guard (kind == .link) == (target != nil) else {
            throw Flaw(message: kind == .link ? "the link has no target" : "target belongs to links alone")
        }
        return ManifestEntry(
            path: path,
            kind: kind,
            executable: executable ?? false,
            size: size ?? 0,
            hash: hash,
            target: target
        )
    }
}
