public import FloydModel

/// Recipes as text: for each file a line that names its manifest line and its base, and one for each part.
///
/// ```
/// file 12 9f86d0…
/// copy 0 1048576
/// send 4096
/// ```
public enum RecipeCoding {
    /// One line.
    public enum Line: Sendable, Hashable {
        case file(line: Int, base: [UInt8])
        case part(Recipe.Part)
    }

    /// Bytes of the longest line.
    static let maximumLength = 128

    /// The recipe of the file on a manifest line, counted from 0.
    public static func append(_ recipe: Recipe, line: Int, to text: inout [UInt8]) {
        text += "file \(line) \(Hex.string(recipe.base))\n".utf8
        for part in recipe.parts {
            switch part {
            case .copy(let offset, let length): text += "copy \(offset) \(length)\n".utf8
            case .send(let length): text += "send \(length)\n".utf8
            }
        }
    }

    /// Recipes by their manifest lines.
    ///
    /// - Throws: `FloydError` with `invalidRequest`.
    public static func recipes(_ text: [UInt8]) throws(FloydError) -> [Int: Recipe] {
        var recipes: [Int: Recipe] = [:]
        var current: Int?
        var reader = RecipeReader()
        try reader.feed(text) { line throws(FloydError) in
            switch line {
            case .file(let line, let base):
                recipes[line] = Recipe(base: base)
                current = line
            case .part(let part):
                guard let current, let length = recipes[current]?.length else { return }
                guard !length.addingReportingOverflow(part.length).overflow else {
                    throw FloydError(.invalidRequest, "the recipe of line \(current) makes more than 8 EiB")
                }
                recipes[current]?.append(part)
            }
        }
        try reader.finish()
        return recipes
    }

    /// - Parameter text: a line without its end.
    static func line(_ text: [UInt8]) -> Line? {
        let words = text.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard let name = words.first.map({ String(decoding: $0, as: UTF8.self) }) else { return nil }
        switch (name, words.count) {
        case ("file", 3):
            guard let line = number(words[1]), let base = Hex.bytes(words[2]), base.count == FileHasher.length,
                line <= Int64(UInt32.max)
            else { return nil }
            return .file(line: Int(line), base: base)
        case ("copy", 3):
            guard let offset = number(words[1]), let length = number(words[2]), length > 0,
                !offset.addingReportingOverflow(length).overflow
            else { return nil }
            return .part(.copy(offset: offset, length: length))
        case ("send", 2):
            guard let length = number(words[1]), length > 0 else { return nil }
            return .part(.send(length: length))
        default:
            return nil
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard !digits.isEmpty, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int64(String(decoding: digits, as: UTF8.self))
    }
}

/// Takes recipes as they come, and gives each line as soon as it is whole.
public struct RecipeReader: Sendable {
    private var pending: [UInt8] = []
    private var count = 0

    public init() {}

    /// - Throws: `FloydError` with `invalidRequest`, which says the line, or what `body` throws.
    public mutating func feed(
        _ bytes: [UInt8],
        _ body: (RecipeCoding.Line) throws(FloydError) -> Void
    ) throws(FloydError) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                count += 1
                guard let line = RecipeCoding.line(pending) else { throw wrongLine() }
                pending.removeAll(keepingCapacity: true)
                try body(line)
            } else {
                pending.append(byte)
                guard pending.count < RecipeCoding.maximumLength else {
                    count += 1
                    throw wrongLine()
                }
            }
        }
    }

    /// - Throws: `FloydError` with `invalidRequest` where a line has no end.
    public func finish() throws(FloydError) {
        guard pending.isEmpty else {
            throw FloydError(.invalidRequest, "the last line of the recipe has no end")
        }
    }

    private func wrongLine() -> FloydError {
        FloydError(
            .invalidRequest,
            "line \(count) of the recipe is wrong",
            hint: "Lines are `file LINE HASH`, `copy OFFSET LENGTH` and `send LENGTH`."
        )
    }
}
