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
    /// What the installer is given for it if it is one version of a package by its name, with hashes, or an option that only asks for such.
    ///
    /// It is written anew from what was understood here, of letters that mean nothing else to any reader: what another one takes for a
    /// comment, a continuation or a second option is not in it.
    let locked: String?

    /// The lines of `text` in which something stands.
    static func all(in text: String) -> [RequirementLine] {
        var lines: [RequirementLine] = []
        var (pending, wasContinued) = ("", false)
        // pip ends lines at each of these; "\r\n" is one character of Swift's.
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: { ["\n", "\r\n", "\r"].contains($0) })
        {
            if isContinued(line) {
                pending += line.dropLast()
                wasContinued = true
                continue
            }
            pending += line
            append(pending, wasContinued: wasContinued, to: &lines)
            (pending, wasContinued) = ("", false)
        }
        append(pending, wasContinued: wasContinued, to: &lines)
        return lines
    }

    /// Installers agree on a backslash behind a blank alone: elsewhere it may be a letter of what stands before it.
    private static func isContinued(_ line: Substring) -> Bool {
        guard line.last == "\\", comment(in: line) == nil else { return false }
        return line.dropLast().last.map(isBlank) ?? true
    }

    private static func append(_ text: String, wasContinued: Bool, to lines: inout [RequirementLine]) {
        let words = text[..<(comment(in: text[...]) ?? text.endIndex)].split(whereSeparator: isBlank).map(String.init)
        if !words.isEmpty { lines.append(RequirementLine(words, wasContinued: wasContinued)) }
    }

    private static func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }

    /// Where the comment begins: `#` at the beginning or behind a space.
    private static func comment(in line: Substring) -> String.Index? {
        line.indices.first { index in
            guard line[index] == "#" else { return false }
            return index == line.startIndex || isBlank(line[line.index(before: index)])
        }
    }

    private init(_ words: [String], wasContinued: Bool) {
        guard let first = words.first, !words.contains(where: { $0.contains("$") || $0.contains("\\") }) else {
            // Variables may stand for anything.
            (kind, locked) = (.other, nil)
            return
        }
        if first.hasPrefix("-") {
            // An option's value ends with its line for some, and goes on for others.
            (kind, locked) = wasContinued ? (.other, nil) : Self.option(words)
        } else {
            (kind, locked) = Self.package(words)
        }
    }

    private static func package(_ words: [String]) -> (Kind, locked: String?) {
        let asked = words.prefix { !$0.hasPrefix("--hash=") }
        let hashes = words[asked.endIndex...]
        // Whatever else stands behind a hash, or begins like an option.
        guard hashes.allSatisfy({ $0.hasPrefix("--hash=") }), !asked.contains(where: { $0.hasPrefix("-") }) else {
            return (.other, nil)
        }
        let rest = asked.joined(separator: " ")
        if isPackage(rest) {
            guard !hashes.isEmpty, hashes.allSatisfy(isHash), let pinned = pinned(rest) else { return (.package, nil) }
            return (.package, ([pinned] + hashes).joined(separator: " "))
        }
        if isFromNetwork(rest) { return (.package, nil) }
        if words.count == 1, isArchive(rest), let path = path(rest) { return (.file(path), nil) }
        return (.other, nil)
    }

    private static func option(_ words: [String]) -> (Kind, locked: String?) {
        guard let (name, value) = nameAndValue(words) else { return (.other, nil) }
        switch (name, value) {
        case ("--require-hashes", nil): return (.setting, name)
        case ("--only-binary", ":all:"?): return (.setting, "\(name) :all:")
        case ("--pre", nil), ("--prefer-binary", nil), ("--no-index", nil): return (.setting, nil)
        case ("--only-binary", let names?), ("--no-binary", let names?):
            return (names.utf8.allSatisfy { isNamePart($0) || ":,".utf8.contains($0) } ? .setting : .other, nil)
        case ("-i", let address?), ("--index-url", let address?), ("--extra-index-url", let address?):
            // Wherever it comes from, a hash says what it is.
            return isIndex(address) ? (.setting, "\(name) \(address)") : (.other, nil)
        case ("-r", let file?), ("--requirement", let file?), ("-c", let file?), ("--constraint", let file?):
            return (path(file).map(Kind.list) ?? .other, nil)
        default: return (.other, nil)
        }
    }

    /// An option's value follows behind a space or `=`. Nil where there is more, or nothing behind `=`.
    private static func nameAndValue(_ words: [String]) -> (name: String, value: String?)? {
        guard let first = words.first, words.count <= 2 else { return nil }
        let parts = first.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (parts.count, words.count) {
        case (1, _): return (first, words.count == 2 ? words[1] : nil)
        case (2, 1): return parts[1].isEmpty ? nil : (parts[0], parts[1])
        default: return nil
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

    /// An index's address, of letters that are nothing else's anywhere: no `#`, `=`, `\` or white space.
    private static func isIndex(_ text: String) -> Bool {
        ["https://", "http://"].contains { text.hasPrefix($0) }
            && text.utf8.allSatisfy { isNamePart($0) || "/:@~+%!*(),;?&[]".utf8.contains($0) }
    }

    /// `name[extra]==1.2.3`, and perhaps a marker, written anew; nil if it is anything else.
    ///
    /// - Parameter text: a package.
    private static func pinned(_ text: String) -> String? {
        let end = text.firstIndex(of: ";") ?? text.endIndex
        let parts = text[..<end].split(separator: "=", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].isEmpty else { return nil }
        let name = parts[0].trimmingSpaces.replacing(", ", with: ",")
        let version = parts[2].trimmingSpaces
        guard !version.isEmpty, name.utf8.allSatisfy({ isNamePart($0) || "[],".utf8.contains($0) }),
            version.utf8.allSatisfy({ isNamePart($0) || "+!".utf8.contains($0) })
        else { return nil }
        let marker = text[end...].dropFirst().trimmingSpaces
        return "\(name)==\(version)\(marker.isEmpty ? "" : " ; \(marker)")"
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
