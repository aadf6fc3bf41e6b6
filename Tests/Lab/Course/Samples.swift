/// Numbers of one kind that were measured.
package struct Samples: Sendable {
    package private(set) var values: [Double] = []

    package var isEmpty: Bool { values.isEmpty }
    package var count: Int { values.count }

    package init(_ values: [Double] = []) {
        self.values = values
    }

    package mutating func add(_ value: Double) {
        values.append(value)
    }

    package mutating func add(_ time: Nanoseconds) {
        values.append(time.seconds)
    }

    package mutating func add(contentsOf other: Samples) {
        values += other.values
    }

    /// The middle one, or the mean of the two in the middle; 0 of none.
    package var median: Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// The smallest value that 99 of 100 do not exceed: the largest one where there are fewer than 100.
    package var p99: Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        return sorted[min(sorted.count - 1, (sorted.count * 99 + 99) / 100 - 1)]
    }
}
