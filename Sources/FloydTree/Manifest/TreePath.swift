public import FloydModel

/// The rules for paths inside a tree. Pure: nothing here looks at a file system.
public enum TreePath {
    /// Bytes of a path. Less than Linux's 4,095, because the tree's own folder stands before it.
    public static let maximumLength = 3_072
    /// Bytes of one part (NAME_MAX).
    public static let maximumPartLength = 255
    /// Parts of a path.
    public static let maximumDepth = 256
    /// Bytes of a link's target.
    public static let maximumTargetLength = 4_095

    /// - Throws: `FloydError` with `invalidPath` where `path` isn't relative, leaves the tree or can't be a path at all.
    public static func check(_ path: String) throws(FloydError) {
        guard let flaw = flaw(of: path) else { return }
        throw FloydError(.invalidPath, "\(quoted(path)) can't be a path in a tree: \(flaw)")
    }

    static func flaw(of path: String) -> String? {
        var path = path
        return path.withUTF8 { flaw(of: $0) }
    }

    private static func flaw(of bytes: UnsafeBufferPointer<UInt8>) -> String? {
        guard let first = bytes.first else { return "it is empty" }
        if first == slash { return "it is absolute" }
        if bytes.count > maximumLength { return "it has \(bytes.count) bytes, more than \(maximumLength)" }
        if bytes.contains(0) { return "it has a NUL" }
        var depth = 0
        var start = 0
        for end in 0...bytes.count where end == bytes.count || bytes[end] == slash {
            let part = bytes[start..<end]
            start = end + 1
            depth += 1
            if part.isEmpty { return "it has an empty part" }
            if isSelf(part) { return "it has a part \".\"" }
            if isParent(part) { return "it has a part \"..\"" }
            if part.count > maximumPartLength {
                return "it has a part of \(part.count) bytes, more than \(maximumPartLength)"
            }
        }
        return depth > maximumDepth ? "it has \(depth) parts, more than \(maximumDepth)" : nil
    }

    /// - Throws: `FloydError` with `invalidPath` where the link at `path` (itself checked) could lead out of the tree.
    public static func check(target: String, ofLinkAt path: String) throws(FloydError) {
        guard let flaw = flaw(ofTarget: target, at: path) else { return }
        throw FloydError(
            .invalidPath,
            "the link \(quoted(path)) to \(quoted(target)) can't be in a tree: \(flaw)",
            hint: "Links in a tree are relative and lead to something inside it."
        )
    }

    /// `..` may stand only at the front of a target. There each one goes up a real folder, since no link is ever
    /// the folder of another entry; after a name it could go up from wherever a link of that name leads,
    /// and two links that look harmless one by one would lead out of the tree together.
    static func flaw(ofTarget target: String, at path: String) -> String? {
        let bytes = target.utf8
        guard let first = bytes.first else { return "its target is empty" }
        if first == slash { return "its target is absolute" }
        if bytes.count > maximumTargetLength {
            return "its target has \(bytes.count) bytes, more than \(maximumTargetLength)"
        }
        if bytes.contains(0) { return "its target has a NUL" }
        var above = path.utf8.count { $0 == slash }
        var hasName = false
        for part in bytes.split(separator: slash) where !isSelf(part) {
            guard isParent(part) else {
                hasName = true
                continue
            }
            if hasName { return "its target has \"..\" after a name" }
            above -= 1
            if above < 0 { return "its target is outside" }
        }
        return nil
    }

    /// `path` in quotes, cut and with control characters escaped, so that a hostile one can stand in a message.
    public static func quoted(_ path: String) -> String {
        var text = "\""
        for scalar in path.unicodeScalars.prefix(200) {
            text += scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return text + (path.unicodeScalars.count > 200 ? "…\"" : "\"")
    }

    static let slash = UInt8(ascii: "/")
    private static let dot = UInt8(ascii: ".")

    private static func isSelf(_ part: some Swift.Collection<UInt8>) -> Bool {
        part.count == 1 && part.first == dot
    }

    private static func isParent(_ part: some Swift.Collection<UInt8>) -> Bool {
        part.count == 2 && part.allSatisfy { $0 == dot }
    }
}
