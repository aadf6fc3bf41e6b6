import FloydTree

/// What is noted of an entry until all of them are sorted. In the byte order of the machine: it never leaves it.
struct ArchiveRecord: Hashable {
    enum Kind: UInt8 {
        case file, folder, link
    }

    var kind: Kind
    var executable = false
    var content = StoredContent.empty(.blake3)
    var target = ""

    var bytes: [UInt8] {
        var bytes: [UInt8] = [kind.rawValue, executable ? 1 : 0]
        switch kind {
        case .folder: break
        case .link: bytes.append(contentsOf: target.utf8)
        case .file:
            withUnsafeBytes(of: content.size) { bytes.append(contentsOf: $0) }
            withUnsafeBytes(of: content.place.word) { bytes.append(contentsOf: $0) }
            bytes.append(content.hash.algorithm.code)
            bytes.append(contentsOf: content.hash.bytes)
        }
        return bytes
    }

    init(kind: Kind, executable: Bool = false, target: String = "") {
        self.kind = kind
        self.executable = executable
        self.target = target
    }

    init(file content: StoredContent, executable: Bool) {
        kind = .file
        self.executable = executable
        self.content = content
    }

    /// - Precondition: what `bytes` gave.
    init(_ bytes: [UInt8]) {
        kind = Kind(rawValue: bytes[0]) ?? .folder
        executable = bytes[1] == 1
        switch kind {
        case .folder: break
        case .link: target = String(decoding: bytes[2...], as: UTF8.self)
        case .file:
            let (size, place) = bytes.withUnsafeBytes { bytes in
                (
                    bytes.loadUnaligned(fromByteOffset: 2, as: Int64.self),
                    bytes.loadUnaligned(fromByteOffset: 10, as: Int64.self)
                )
            }
            content = StoredContent(
                place: ContentPlace(word: place),
                size: size,
                hash: ContentHash(HashAlgorithm(code: bytes[18]) ?? .blake3, Array(bytes[19...]))
            )
        }
    }
}

/// Where the bytes of a file wait.
enum ContentPlace: Hashable {
    /// It has none.
    case none
    /// Among others in one file, from this byte on.
    case packed(at: Int64)
    /// In a file of its own, with this number.
    case loose(Int64)

    /// The same as one number.
    var word: Int64 {
        switch self {
        case .none: .min
        case .packed(let start): start
        case .loose(let number): -1 - number
        }
    }

    init(word: Int64) {
        if word == .min {
            self = .none
        } else if word >= 0 {
            self = .packed(at: word)
        } else {
            self = .loose(-1 - word)
        }
    }
}

/// The bytes of a file.
struct StoredContent: Hashable {
    var place: ContentPlace
    var size: Int64
    var hash: ContentHash

    static func empty(_ algorithm: HashAlgorithm) -> StoredContent {
        StoredContent(place: .none, size: 0, hash: .ofNothing(algorithm))
    }
}
