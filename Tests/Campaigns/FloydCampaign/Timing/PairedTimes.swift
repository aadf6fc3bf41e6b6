import FloydLab

/// Times of two kinds of requests that were sent in pairs, each pair in an order drawn by lot, so that whatever changes on the machine meets
/// both alike.
///
/// The statistic is Wilcoxon's signed-rank test of the differences ("Individual comparisons by ranking methods", 1945) with its normal
/// approximation: it asks nothing of how times are distributed, and a few that were interrupted weigh no more than any other.
struct PairedTimes {
    /// The second kind's time less the first's, of each pair, in nanoseconds.
    private(set) var differences: [Nanoseconds] = []

    mutating func add(_ first: Nanoseconds, _ second: Nanoseconds) {
        differences.append(second - first)
    }

    /// The half of the pairs differ by less, in nanoseconds.
    var median: Double {
        let sorted = differences.sorted()
        guard let first = sorted.first else { return 0 }
        let middle = sorted.count / 2
        let lower = sorted.count.isMultiple(of: 2) ? sorted[middle - 1] : sorted[middle]
        return sorted.count == 1 ? Double(first) : (Double(lower) + Double(sorted[middle])) / 2
    }

    /// How many standard deviations the sum of signed ranks is from what it would be if both kinds took the same time: beyond 4 in one of 16,000
    /// trials by chance.
    var z: Double {
        let ranked = differences.filter { $0 != 0 }.sorted { abs($0) < abs($1) }
        guard !ranked.isEmpty else { return 0 }
        var sum = 0.0
        var squares = 0.0
        var index = 0
        while index < ranked.count {
            var end = index
            while end < ranked.count, abs(ranked[end]) == abs(ranked[index]) { end += 1 }
            // Equal differences share the mean of their ranks.
            let rank = Double(index + 1 + end) / 2
            for difference in ranked[index..<end] {
                sum += difference > 0 ? rank : -rank
                squares += rank * rank
            }
            index = end
        }
        return sum / squares.squareRoot()
    }
}
