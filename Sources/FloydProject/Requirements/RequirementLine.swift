/// A line of a requirements file, with what was continued by backslashes.
struct RequirementLine: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// A package by its name or from the network.
        case package
        /// An option that asks for no package and reads no file.
        case setting
        /// Another list of the code, by its path there: `-r more.txt`.
        case list(String)
        /// A packed package of the code, by its path there: `./wheels/x-1.0-py3-none-any.whl`.
        case file(String)
        /// Anything else: it may read whatever there is.
        case other
    }

    let kind: Kind
    /// Whether it is one version of a package by its name, with hashes, or an option that only asks for such.
    let isLocked: Bool

    /// The lines of `text` in which something stands.
    static func all(in text: String) -> [RequirementLine] {
        var lines: [RequirementLine] = []
        var pending = ""
        // pip ends lines at each of these; "\r\n" is one character of Swift's.
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: { ["\n", "\r\n", "\r"].contains($0) })
        {
            if line.last == "\\", comment(in: line) == nil {
                pending += line.dropLast()
                continue
            }
            pending += line
            append(pending, to: &lines)
            pending = ""
        }
        append(pending, to: &lines)
        return lines
    }

    private static func append(_ text: String, to lines: inout [RequirementLine]) {
        let words = text[..<(comment(in: text[...]) ?? text.endIndex)]
            .split { $0 == " " || $0 == "\t" }.map(String.init)
        if !words.isEmpty { lines.append(RequirementLine(words)) }
    }

    /// Where the comment begins: `#` at the beginning or behind a space.
    private static func comment(in line: Substring) -> String.Index? {
        line.indices.first { index in
            guard line[index] == "#" else { return false }
            guard index > line.startIndex else { return true }
            return " \t".contains(line[line.index(before: index)])
        }
    }

    private init(_ words: [String]) {
        guard let first = words.first, !words.contains(where: { $0.contains("$") || $0.contains("\\") }) else {
            // Variables may stand for anything.
            (kind, isLocked) = (.other, false)
            return
        }
        if first.hasPrefix("-") {
            (kind, isLocked) = Self.option(words)
        } else {
            let hashes = words.filter { $0.hasPrefix("--hash=") }
            let rest = words.filter { !$0.hasPrefix("--hash=") }.joined(separator: " ")
            kind =
                if Self.isPackage(rest) || Self.isFromNetwork(rest) {
                    .package
                } else if Self.isArchive(first), words.count == 1, let path = Self.path(first) {
                    .file(path)
                } else {
                    .other
                }
            isLocked = kind == .package && !hashes.isEmpty && hashes.allSatisfy(Self.isHash) && Self.isPinned(rest)
        }
    }

    private static func option(_ words: [String]) -> (Kind, isLocked: Bool) {
        // An option's value follows behind a space or `=`.
        let parts = words.flatMap { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        guard let name = parts.first, parts.count <= 2 else { return (.other, false) }
        let value = parts.count == 2 ? parts[1] : nil
        switch (name, value) {
        case ("--require-hashes", nil), ("--only-binary", ":all:"): return (.setting, true)
        case ("--pre", nil), ("--prefer-binary", nil), ("--no-index", nil), ("--only-binary", .some),
            ("--no-binary", .some):
            return (.setting, false)
        case ("-i", let address?), ("--index-url", let address?), ("--extra-index-url", let address?):
            // Wherever it comes from, a hash says what it is.
            return isAddress(address) ? (.setting, true) : (.other, false)
        case ("-r", let file?), ("--requirement", let file?), ("-c", let file?), ("--constraint", let file?):
            return (path(file).map(Kind.list) ?? .other, false)
        default: return (.other, false)
        }
    }

    /// A path below the top of the code, without `.` in it; nil where it leads elsewhere, or means more than its letters.
    private static func path(_ text: String) -> String? {
        let parts = text.split(separator: "/").filter { $0 != "." }
        guard !text.hasPrefix("/"), !parts.isEmpty, !parts.contains(".."),
            text.utf8.allSatisfy({ isNamePart($0) || "/+!".utf8.contains($0) })
        else { return nil }
        return parts.joined(separator: "/")
    }

    private static let archiveSuffixes = [
        ".whl", ".zip", ".gz", ".tgz", ".bz2", ".tbz", ".xz", ".txz", ".lz", ".lzma", ".tlz", ".zst", ".tar", ".egg",
    ]

    /// `name`, `name[extra]>=1.2; marker`, all of whose characters can't be a path's.
    private static func isPackage(_ text: String) -> Bool {
        guard let first = text.utf8.first, isAlphanumeric(first), !text.utf8.contains(where: { !isPlain($0) }) else {
            return false
        }
        let name = text.prefix { $0.utf8.allSatisfy(isNamePart) }
        let next = text[name.endIndex...].first { $0 != " " }
        // The installer takes such names for files.
        return !isArchive(String(name)) && next.map { "[<>=!~;(".contains($0) } ?? true
    }

    private static func isArchive(_ name: String) -> Bool {
        let name = name.lowercased()
        return archiveSuffixes.contains { name.hasSuffix($0) }
    }

    /// `name @ https://…` or the address alone.
    private static func isFromNetwork(_ text: String) -> Bool {
        let parts = text.split(separator: "@", maxSplits: 1).map { $0.trimmingSpaces }
        if parts.count == 2, isPackage(parts[0]), isAddress(parts[1]) { return true }
        return isAddress(text)
    }

    private static func isAddress(_ text: String) -> Bool {
        ["https://", "http://", "git+https://", "git+http://", "git+ssh://"].contains { text.hasPrefix($0) }
    }

    /// `name[extra]==1.2.3`, and perhaps a marker.
    private static func isPinned(_ text: String) -> Bool {
        let specifier = text.prefix { $0 != ";" }.filter { $0 != " " }
        let parts = specifier.split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].isEmpty, !parts[2].isEmpty else { return false }
        let isVersion = parts[2].utf8.allSatisfy {
            isNamePart($0) || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "!")
        }
        let isName = parts[0].utf8.allSatisfy { isNamePart($0) || "[],".utf8.contains($0) }
        return isName && isVersion
    }

    private static func isHash(_ word: String) -> Bool {
        let lengths = ["sha256": 64, "sha384": 96, "sha512": 128]
        let parts = word.dropFirst("--hash=".count).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let length = lengths[String(parts[0])] else { return false }
        return parts[1].utf8.count == length && parts[1].utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }

    private static func isNamePart(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || "._-".utf8.contains(byte) }

    private static func isPlain(_ byte: UInt8) -> Bool {
        isNamePart(byte) || " []()<>=!~*+,;'\"".utf8.contains(byte)
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
