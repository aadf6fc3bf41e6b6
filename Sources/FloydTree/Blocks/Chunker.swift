/// Cuts a stream of bytes into blocks where its content says so, so that bytes inserted at one place move no cut behind the next one.
///
/// A cut is where the rolling hash of the last 64 bytes ("gear": Xia et al., FastCDC, USENIX ATC 2016) is small enough. The first half of the
/// average is skipped unread, which costs no match and saves half of the work. Client and server must cut alike, so
/// nothing here may ever change but under another name of the block list.
public struct Chunker: Sendable {
    /// Bytes of a block on average; a power of two.
    public let average: Int
    /// Bytes before which, and at which at the latest, a block ends.
    public let minimum: Int
    public let maximum: Int
    private let threshold: UInt64

    /// The averages that may be asked for.
    public static let averages = 1 << 14...1 << 26

    /// - Parameter average: see `averages`; nil where it isn't one.
    public init?(average: Int) {
        guard Self.averages.contains(average), average.nonzeroBitCount == 1 else { return nil }
        self.average = average
        minimum = average / 2
        maximum = average * 4
        threshold = UInt64.max >> UInt64(minimum.trailingZeroBitCount)
    }

    /// The average that keeps the list of a file's blocks short, whatever its size: at most 65,536 of them, or about.
    public static func average(forFileOf size: Int64) -> Int {
        var average = 1 << 16
        while average < averages.upperBound, size / Int64(average) > 1 << 16 { average <<= 2 }
        return min(average, averages.upperBound)
    }

    /// Bytes of the block that `bytes` begins with; nil where more of them are needed to say. At the end of the stream what is left is the
    /// last block.
    public func cut(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let end = min(bytes.count, maximum)
        guard end > minimum else { return nil }
        let threshold = threshold
        return Self.gear.withUnsafeBufferPointer { gear -> Int? in
            var hash: UInt64 = 0
            var index = minimum
            // Two bytes at a time: the second one's hash is had from the first one's without waiting for it.
            while index + 1 < end {
                let (one, two) = (gear[Int(bytes[index])], gear[Int(bytes[index + 1])])
                let between = hash << 1 &+ one
                hash = hash << 2 &+ (one << 1 &+ two)
                if between <= threshold { return index + 1 }
                if hash <= threshold { return index + 2 }
                index += 2
            }
            if index < end, hash << 1 &+ gear[Int(bytes[index])] <= threshold { return index + 1 }
            return end == maximum ? maximum : nil
        }
    }

    /// A number for each byte: SplitMix64 (Steele, Lea, Flood 2014) from a fixed seed.
    private static let gear: [UInt64] = {
        var state: UInt64 = 0x666C_6F79_646C_6974
        return (0..<256).map { _ in
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }()
}
