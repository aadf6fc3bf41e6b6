/// A compiled glob in git's dialect.
///
/// Matching follows all possibilities at once, so its time is bounded by pattern × text however many stars there are.
struct Glob: Equatable {
    static let slash = UInt8(ascii: "/")

    /// nil: matches nothing.
    private let tokens: [GlobToken]?

    init(_ text: ArraySlice<UInt8>, hasParts: Bool) {
        tokens = GlobCompiler.tokens(of: text, hasParts: hasParts)
    }

    func matches(_ text: some Sequence<UInt8>) -> Bool {
        guard let tokens else { return false }
        // State i: tokens before i are done. The states that need no byte to be reached are added as their origins are.
        var states = [Bool](repeating: false, count: tokens.count + 1)
        var following = states
        Self.enter(0, tokens, &states)
        for byte in text {
            var isAlive = false
            for index in following.indices { following[index] = false }
            for (index, token) in tokens.enumerated() where states[index] {
                let (stays, advances) = Self.effect(of: byte, on: token)
                if stays { Self.enter(index, tokens, &following) }
                if advances { Self.enter(index + 1, tokens, &following) }
                isAlive = isAlive || stays || advances
            }
            guard isAlive else { return false }
            swap(&states, &following)
        }
        return states[tokens.count]
    }

    private static func enter(_ first: Int, _ tokens: [GlobToken], _ states: inout [Bool]) {
        var index = first
        while true {
            states[index] = true
            guard index < tokens.count else { return }
            switch tokens[index] {
            case .run, .everything: index += 1
            case .folders:
                // Either some folders, by way of the next token, or none.
                states[index + 1] = true
                index += 2
            case .byte, .anyByte, .set, .throughSlash: return
            }
        }
    }

    /// Whether a byte keeps a token going and whether it leads to the next.
    private static func effect(of byte: UInt8, on token: GlobToken) -> (stays: Bool, advances: Bool) {
        switch token {
        case .byte(let expected): (false, byte == expected)
        case .anyByte: (false, byte != slash)
        case .set(let set): (false, byte != slash && set.contains(byte))
        case .run: (byte != slash, false)
        case .everything: (true, false)
        case .folders: (false, false)
        case .throughSlash: (true, byte == slash)
        }
    }
}
