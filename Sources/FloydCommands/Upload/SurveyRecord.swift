import FloydTree

/// One line of a survey in a fixed number of bytes, in the machine's own order: it never leaves it.
struct SurveyRecord {
    /// Bytes of a record, and where in it the hash begins: a byte that says how it was made, 0 where there is none, then the hash.
    static let size = 96
    static let hashOffset = 56

    /// Where path and target, one after the other, lie in the file of names, and how long they are.
    let namesStart: Int64
    private let pathLength: Int
    private let targetLength: Int
    let kind: ManifestEntry.Kind
    let isExecutable: Bool
    let size: Int64
    let stamp: FileStamp?
    let hash: ContentHash?

    private static let kinds: [ManifestEntry.Kind] = [.file, .dir, .link]

    init(_ entry: ManifestEntry, _ stamp: FileStamp?, namesAt start: Int64) {
        namesStart = start
        pathLength = entry.path.utf8.count
        targetLength = entry.target?.utf8.count ?? 0
        kind = entry.kind
        isExecutable = entry.executable
        size = entry.size
        self.stamp = stamp
        hash = entry.hash
    }

    /// - Parameter bytes: what `bytes` gave.
    init(_ bytes: [UInt8]) {
        func number<Number: FixedWidthInteger>(at offset: Int, as: Number.Type = Number.self) -> Number {
            bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
        }
        namesStart = number(at: 0)
        pathLength = Int(number(at: 8, as: UInt16.self))
        targetLength = Int(number(at: 10, as: UInt16.self))
        kind = Self.kinds[Int(bytes[12])]
        isExecutable = bytes[13] != 0
        size = number(at: 16)
        stamp =
            bytes[14] == 0
            ? nil
            : FileStamp(
                size: number(at: 16),
                device: number(at: 24),
                inode: number(at: 32),
                modified: number(at: 40),
                changed: number(at: 48)
            )
        let rest = bytes[(Self.hashOffset + 1)...].prefix(FileHasher.length)
        hash = HashAlgorithm(code: bytes[Self.hashOffset]).map { ContentHash($0, Array(rest)) }
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.size)
        func append(_ number: some FixedWidthInteger) {
            withUnsafeBytes(of: number) { bytes += $0 }
        }
        append(namesStart)
        append(UInt16(pathLength))
        append(UInt16(targetLength))
        append(UInt8(Self.kinds.firstIndex(of: kind) ?? 0))
        append(UInt8(isExecutable ? 1 : 0))
        append(UInt8(stamp == nil ? 0 : 1))
        append(UInt8(0))
        append(size)
        append(stamp?.device ?? 0)
        append(stamp?.inode ?? 0)
        append(stamp?.modified ?? 0)
        append(stamp?.changed ?? 0)
        bytes += hash.map(Self.hashBytes) ?? []
        bytes += [UInt8](repeating: 0, count: Self.size - bytes.count)
        return bytes
    }

    /// What stands from `hashOffset` on.
    static func hashBytes(_ hash: ContentHash) -> [UInt8] { [hash.algorithm.code] + hash.bytes }

    var namesLength: Int { pathLength + targetLength }

    func names(_ bytes: [UInt8]) -> (path: String, target: String) {
        (String(decoding: bytes[..<pathLength], as: UTF8.self), String(decoding: bytes[pathLength...], as: UTF8.self))
    }
}
