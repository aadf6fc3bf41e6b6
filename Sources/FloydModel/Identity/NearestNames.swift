/// Which known names a person may have meant by one that isn't known.
public enum NearestNames {
    /// The candidates nearest to `name`, the nearest first and at most `limit`: those that one slip in three characters turns into
    /// it (a character too much, too few, wrong, or two swapped; upper and lower case count as equal), and those it begins.
    public static func nearest(to name: String, among candidates: some Sequence<String>, limit: Int = 3) -> [String] {
        let wanted = Array(name.lowercased().utf8)
        let tolerance = max(1, wanted.count / 3)
        return
            candidates
            .compactMap { candidate -> (distance: Int, candidate: String)? in
                let bytes = Array(candidate.lowercased().utf8)
                if let distance = distance(wanted, bytes, atMost: tolerance) { return (distance, candidate) }
                return wanted.count >= 3 && bytes.starts(with: wanted) ? (tolerance + 1, candidate) : nil
            }
            .sorted { ($0.distance, $0.candidate) < ($1.distance, $1.candidate) }
            .prefix(limit)
            .map(\.candidate)
    }

    /// "Did you mean a, b or c?", or nil if there is nothing to suggest.
    public static func question(_ names: [String]) -> String? {
        guard let last = names.last else { return nil }
        let others = names.dropLast().joined(separator: ", ")
        return others.isEmpty ? "Did you mean \(last)?" : "Did you mean \(others) or \(last)?"
    }

    /// The edit distance with swaps of neighbours (optimal string alignment), or nil if it is greater than `limit`.
    static func distance(_ left: [UInt8], _ right: [UInt8], atMost limit: Int) -> Int? {
        guard abs(left.count - right.count) <= limit else { return nil }
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in 1..<(left.count + 1) {
            var current = [row] + [Int](repeating: 0, count: right.count)
            for column in 1..<(right.count + 1) {
                let isSame = left[row - 1] == right[column - 1]
                current[column] = min(
                    last[column] + 1,
                    current[column - 1] + 1,
                    last[column - 1] + (isSame ? 0 : 1)
                )
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    current[column] = min(current[column], beforeLast[column - 2] + 1)
                }
            }
            guard current.contains(where: { $0 <= limit }) else { return nil }
            (beforeLast, last) = (last, current)
        }
        return last[right.count] <= limit ? last[right.count] : nil
    }
}
