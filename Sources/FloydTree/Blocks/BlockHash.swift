import CXXHash

/// What a block is found by: 128 bits of XXH3.
///
/// Not a proof of anything. A file that was put together from blocks is compared as a whole by its hash; where two blocks have one hash,
/// that comparison fails, and the file is sent whole.
public struct BlockHash: Sendable, Hashable {
    /// Bytes of a hash.
    public static let length = Int(CXXHASH_LENGTH)

    private let high: UInt64
    private let low: UInt64

    public init(of bytes: UnsafeRawBufferPointer) {
        var words: (UInt64, UInt64) = (0, 0)
        withUnsafeMutableBytes(of: &words) { hash in
            if let start = hash.bindMemory(to: UInt8.self).baseAddress {
                cxxhash_128(bytes.baseAddress, bytes.count, start)
            }
        }
        (high, low) = words
    }

    /// - Parameter bytes: `length` of them, as `append` writes them.
    init(_ bytes: UnsafeRawBufferPointer) {
        high = bytes.loadUnaligned(as: UInt64.self)
        low = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    }

    func append(to bytes: inout [UInt8]) {
        withUnsafeBytes(of: high) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: low) { bytes.append(contentsOf: $0) }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(high)
    }
}
