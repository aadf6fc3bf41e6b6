public import FloydModel

/// The blocks of a content in their order, as a file and as an answer have them:
///
/// ```
/// FLOYDBL1                  8 bytes
/// average                   UInt32, what the content was cut by
/// count                     UInt32, blocks
/// length, hash              UInt32 and 16 bytes for each block
/// ```
/// Numbers are little-endian.
public enum BlockList {
    /// Bytes of a file from which on its blocks are worth a list.
    public static let smallestFile: Int64 = 1 << 20

    static let mark = Array("FLOYDBL1".utf8)
    /// Bytes before the first block, and of each.
    public static let headSize = 16
    public static let recordSize = 4 + BlockHash.length

    /// The head of a list.
    public static func head(average: Int, count: Int) -> [UInt8] {
        var bytes = mark
        append(UInt32(average), to: &bytes)
        append(UInt32(count), to: &bytes)
        return bytes
    }

    /// Appends the record of a block.
    public static func append(length: Int, _ hash: BlockHash, to bytes: inout [UInt8]) {
        append(UInt32(length), to: &bytes)
        hash.append(to: &bytes)
    }

    private static func append(_ number: UInt32, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Blocks that a list with this head has; nil where it is none.
    public static func count(head: UnsafeRawBufferPointer) -> Int? {
        guard head.count >= headSize, head.prefix(mark.count).elementsEqual(mark) else { return nil }
        return Int(UInt32(littleEndian: head.loadUnaligned(fromByteOffset: 12, as: UInt32.self)))
    }
}

/// The blocks of a content that is there already, to be looked up by their hashes.
public struct BlockIndex: Sendable {
    /// The hash of the content.
    public let base: [UInt8]
    public let chunker: Chunker
    /// Where each block begins, and behind them where the last one ends.
    private let starts: [Int64]
    private let hashes: [BlockHash]
    /// The first block of a hash.
    private let numbers: [BlockHash: UInt32]

    /// - Parameter list: what `BlockList` describes.
    /// - Throws: `FloydError` with `protocolViolation` where it makes no sense.
    public init(_ list: [UInt8], of base: [UInt8]) throws(FloydError) {
        var starts: [Int64] = [0]
        var hashes: [BlockHash] = []
        var numbers: [BlockHash: UInt32] = [:]
        let chunker: Chunker? = list.withUnsafeBytes { bytes in
            guard let count = BlockList.count(head: bytes),
                bytes.count == BlockList.headSize + count * BlockList.recordSize
            else { return nil }
            hashes.reserveCapacity(count)
            starts.reserveCapacity(count + 1)
            numbers.reserveCapacity(count)
            for number in 0..<count {
                let offset = BlockList.headSize + number * BlockList.recordSize
                let length = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
                let hash = BlockHash(UnsafeRawBufferPointer(rebasing: bytes[(offset + 4)...]))
                starts.append(starts[number] + Int64(length))
                hashes.append(hash)
                if numbers[hash] == nil { numbers[hash] = UInt32(number) }
            }
            let average = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
            return Chunker(average: Int(average))
        }
        guard let chunker, base.count == FileHasher.length else {
            throw FloydError(.protocolViolation, "the server's list of blocks makes no sense")
        }
        self.chunker = chunker
        self.base = base
        self.starts = starts
        self.hashes = hashes
        self.numbers = numbers
    }

    /// Where in the base the block is; nil where it isn't.
    ///
    /// - Parameter end: where in the base the block before was found to end: what follows there goes before what is equal elsewhere.
    func find(_ bytes: UnsafeRawBufferPointer, after end: Place?) -> Place? {
        let hash = BlockHash(of: bytes)
        if let next = end.map({ $0.number + 1 }), next < hashes.count, hashes[next] == hash {
            return place(next, bytes.count)
        }
        return numbers[hash].flatMap { place(Int($0), bytes.count) }
    }

    /// The block that follows `end` in the base, if `bytes` begin with it, and its length.
    ///
    /// Where a file is as it was, this spares looking for the cuts, which takes longer than all else.
    func following(_ end: Place, in bytes: UnsafeRawBufferPointer) -> (place: Place, length: Int)? {
        let number = end.number + 1
        guard number < hashes.count else { return nil }
        let length = Int(starts[number + 1] - starts[number])
        guard length > 0, length <= min(bytes.count, chunker.maximum),
            hashes[number] == BlockHash(of: UnsafeRawBufferPointer(rebasing: bytes[..<length]))
        else { return nil }
        return (Place(number: number, offset: starts[number]), length)
    }

    private func place(_ number: Int, _ count: Int) -> Place? {
        guard starts[number + 1] - starts[number] == Int64(count) else { return nil }
        return Place(number: number, offset: starts[number])
    }

    /// A block of the base.
    struct Place {
        var number: Int
        var offset: Int64

        /// What comes before the first block.
        static let beginning = Place(number: -1, offset: 0)
    }
}
