/// A random generator that a seed decides (Steele, Lea and Flood, "Fast splittable pseudorandom number generators").
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// The generator of one part of a campaign: what one part draws changes nothing for the others.
    ///
    /// - Parameters:
    ///   - part: who draws.
    ///   - number: which of its kind.
    init(seed: UInt64, part: Part, number: Int = 0) {
        self.init(seed: seed &+ part.rawValue &* 0x9E37_79B9_7F4A_7C15)
        state = next() ^ UInt64(truncatingIfNeeded: number)
        state = next()
    }

    enum Part: UInt64 {
        case disturbance = 1
        case plan, submitter, stopper, watcher, follower
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// True in `count` of 100 cases.
    mutating func isAmong(_ count: Int) -> Bool {
        Int.random(in: 0..<100, using: &self) < count
    }
}
