/// One line of an ignore file, as gitignore(5) describes it.
struct IgnorePattern: Equatable {
    /// `!`: what matches is not ignored after all.
    let isNegated: Bool
    /// A slash at the end: folders alone.
    let isForFolders: Bool
    /// No other slash: the last part of a path is matched, at any depth.
    private let isForNames: Bool
    private let form: Form

    private enum Form: Equatable {
        case literal([UInt8])
        /// `*` and then a literal, of names alone: by far the most frequent glob.
        case suffix([UInt8])
        /// A literal beginning, then a glob. They are apart because a `**` right after the beginning counts as a whole part, as in git.
        case glob(prefix: [UInt8], Glob)
    }

    /// nil for an empty line and a comment.
    init?(line: ArraySlice<UInt8>) {
        guard let first = line.first, first != UInt8(ascii: "#") else { return nil }
        // A NUL ends the line, as it does in git.
        var text = Self.withoutTrailingSpaces(line.prefix { $0 != 0 })
        isNegated = text.first == UInt8(ascii: "!")
        if isNegated { text = text.dropFirst() }
        isForFolders = text.last == Glob.slash
        if isForFolders { text = text.dropLast() }
        guard !text.isEmpty else { return nil }
        isForNames = !text.contains(Glob.slash)
        if text.first == Glob.slash { text = text.dropFirst() }
        let prefix = Array(text.prefix { !Self.isSpecial($0) })
        let rest = text.dropFirst(prefix.count)
        if rest.isEmpty {
            form = .literal(prefix)
        } else if isForNames, rest.first == UInt8(ascii: "*"), prefix.isEmpty,
            !rest.dropFirst().contains(where: Self.isSpecial)
        {
            form = .suffix(Array(rest.dropFirst()))
        } else if isForNames {
            form = .glob(prefix: [], Glob(text, hasParts: false))
        } else {
            form = .glob(prefix: prefix, Glob(rest, hasParts: true))
        }
    }

    /// - Parameters:
    ///   - path: relative to the ignore file's folder.
    ///   - name: the last part of `path`.
    func matches(path: ArraySlice<UInt8>, name: ArraySlice<UInt8>, isDirectory: Bool) -> Bool {
        guard isDirectory || !isForFolders else { return false }
        let text = isForNames ? name : path
        switch form {
        case .literal(let literal): return text.elementsEqual(literal)
        case .suffix(let suffix): return text.count >= suffix.count && text.suffix(suffix.count).elementsEqual(suffix)
        case .glob(let prefix, let glob):
            return text.starts(with: prefix) && glob.matches(text.dropFirst(prefix.count))
        }
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        [UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["), UInt8(ascii: "\\")].contains(byte)
    }

    /// Spaces at the end don't count unless a backslash stands before them; a lone backslash at the end keeps all.
    private static func withoutTrailingSpaces(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var end = line.startIndex
        var index = line.startIndex
        while index < line.endIndex {
            if line[index] == UInt8(ascii: "\\") {
                index += 1
                guard index < line.endIndex else { return line }
                end = index + 1
            } else if line[index] != UInt8(ascii: " ") {
                end = index + 1
            }
            index += 1
        }
        return line[..<end]
    }
}
