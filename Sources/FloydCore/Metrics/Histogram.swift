/// How often values of each size came.
public struct Histogram: Sendable, Hashable {
    /// The upper bounds of the buckets, which belong to them; one more has all that is larger.
    public let bounds: [Double]
    /// Of each bucket alone.
    public private(set) var counts: [UInt64]
    public private(set) var sum = 0.0

    /// - Parameter bounds: rising.
    public init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    public var count: UInt64 { counts.reduce(0, +) }

    public mutating func record(_ value: Double) {
        var index = 0
        while index < bounds.count, value > bounds[index] { index += 1 }
        counts[index] += 1
        sum += value
    }

    /// Seconds that a request may take, from a look into a cache to a long upload.
    public static let requestSeconds = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60,
    ]
    /// Seconds that a job may wait.
    public static let waitSeconds = [0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400, 259_200]
    /// Seconds that a job may take.
    public static let jobSeconds = [
        1, 5, 15, 60, 300, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400, 259_200, 604_800,
    ]
    .map(Double.init)
}
