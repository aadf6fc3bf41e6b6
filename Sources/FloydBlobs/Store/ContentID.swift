import FloydTree

/// What names a content in the store: the hash of its bytes and whether it is executable, since a mode belongs to the file that all trees share.
public struct ContentID: Sendable, Hashable {
    let words: SIMD4<UInt64>
    public let executable: Bool

    /// nil where `hash` hasn't 32 bytes.
    public init?(hash: [UInt8], executable: Bool) {
        guard hash.count == FileHasher.length else { return nil }
        words = hash.withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
        self.executable = executable
    }

    init(words: SIMD4<UInt64>, executable: Bool) {
        self.words = words
        self.executable = executable
    }

    /// The content that lies at `relativePath`; nil for a name that no content has.
    init?(folder: String, name: String) {
        let isExecutable = name.hasSuffix(Self.executableMark)
        let digits = folder + (isExecutable ? String(name.dropLast(Self.executableMark.count)) : name)
        guard let hash = Hex.bytes(Array(digits.utf8)) else { return nil }
        self.init(hash: hash, executable: isExecutable)
    }

    private static let executableMark = ".x"

    /// The 32 bytes of the hash.
    public var hash: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }

    /// Half of the hash, to hold many: two contents with the same half are to be found by nobody.
    struct Short: Hashable {
        private let first: UInt64
        private let second: UInt64

        fileprivate init(_ first: UInt64, _ second: UInt64) {
            self.first = first
            self.second = second
        }
    }

    var short: Short { Short(words[0], executable ? ~words[1] : words[1]) }

    /// Where the content lies below `contents/`: `9f/86d0…`, with `.x` at the end if executable.
    var relativePath: String {
        let hex = withUnsafeBytes(of: words) { Hex.string($0, mark: UInt8(ascii: "/"), after: 1) }
        return executable ? hex + Self.executableMark : hex
    }

    /// Read-only for everybody: what trees share must never be written.
    var mode: UInt32 { executable ? 0o555 : 0o444 }
}
