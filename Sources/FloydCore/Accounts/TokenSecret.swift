internal import FloydTree
internal import FoundationEssentials

/// A token as its owner holds it. The server keeps only its hash: 256 random bits need no slow one.
struct TokenSecret: Sendable {
    /// Known to scanners that look for secrets in public code.
    static let prefix = "floyd_"
    private static let symbols = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    /// 62⁴³ is just above 2²⁵⁶.
    private static let length = 43

    let string: String

    /// A new one, from the kernel's random source.
    init() {
        var generator = SystemRandomNumberGenerator()
        let symbols = (0..<Self.length).map { _ in
            Self.symbols[Int.random(in: 0..<Self.symbols.count, using: &generator)]
        }
        string = Self.prefix + String(decoding: symbols, as: UTF8.self)
    }

    init(_ string: String) {
        self.string = string
    }

    /// SHA-256, as the database has it.
    var hash: Data {
        Data(FileHasher.sha256(Array(string.utf8)))
    }
}
