/// How bytes are hashed to a name of 32 bytes.
public enum HashAlgorithm: String, Sendable, CaseIterable {
    /// FIPS 180-4. Stores that were made before there was another have it.
    case sha256
    /// BLAKE3, several times as fast (one chunk of 1 KiB for each lane of the processor's vectors).
    case blake3

    /// One byte that stands for it in records.
    public var code: UInt8 {
        switch self {
        case .sha256: 1
        case .blake3: 2
        }
    }

    /// nil where nothing has that code.
    public init?(code: UInt8) {
        guard let found = Self.allCases.first(where: { $0.code == code }) else { return nil }
        self = found
    }

    /// The hash of no bytes at all.
    var ofNothing: [UInt8] {
        switch self {
        case .sha256:
            [
                0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
                0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
            ]
        case .blake3:
            [
                0xaf, 0x13, 0x49, 0xb9, 0xf5, 0xf9, 0xa1, 0xa6, 0xa0, 0x40, 0x4d, 0xea, 0x36, 0xdc, 0xc9, 0x49,
                0x9b, 0xcb, 0x25, 0xc9, 0xad, 0xc1, 0x12, 0xb7, 0xcc, 0x9a, 0x93, 0xca, 0xe4, 0x1f, 0x32, 0x62,
            ]
        }
    }
}

/// What names a file's bytes: their hash, and how it was made.
public struct ContentHash: Sendable, Hashable {
    public let algorithm: HashAlgorithm
    /// `FileHasher.length` of them.
    public let bytes: [UInt8]

    public init(_ algorithm: HashAlgorithm, _ bytes: [UInt8]) {
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// Enough of it to tell files apart by their names.
    public var mark: String { Hex.string(bytes.prefix(16)) }

    /// The hash of no bytes at all.
    public static func ofNothing(_ algorithm: HashAlgorithm) -> ContentHash {
        ContentHash(algorithm, algorithm.ofNothing)
    }
}

/// The form of validators (ETag): `blake3:af13…`; a SHA-256 stands alone, as it did when there was no other.
extension ContentHash: CustomStringConvertible {
    public var description: String {
        switch algorithm {
        case .sha256: Hex.string(bytes)
        case .blake3: "blake3:\(Hex.string(bytes))"
        }
    }

    /// nil where `text` is not what `description` gives.
    public init?(_ text: String) {
        let mark = "blake3:"
        let algorithm: HashAlgorithm = text.hasPrefix(mark) ? .blake3 : .sha256
        let digits = algorithm == .blake3 ? text.dropFirst(mark.count) : text[...]
        guard let bytes = Hex.bytes(Array(digits.utf8)), bytes.count == FileHasher.length else { return nil }
        self.init(algorithm, bytes)
    }
}
