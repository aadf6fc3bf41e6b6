import FloydOS
import Glibc

/// Sorts any number of records in a fixed amount of memory: as many as fit are sorted at a time and written to a file of their own, a run, and runs are
/// merged when they are read.
struct RecordSorter: ~Copyable {
    private static let capacity = 3 << 20
    /// Of a record, at most.
    private static let slack = 1 << 18

    private let prefix: String
    private var bytes: [UInt8] = []
    private var starts: [Int] = []
    private(set) var runs: [String] = []

    /// - Parameter prefix: what the paths of its files begin with.
    init(prefix: String) {
        self.prefix = prefix
    }

    mutating func add(key: some Swift.Collection<UInt8>, number: Int64, value: [UInt8]) throws(SystemError) {
        if bytes.capacity == 0 { bytes.reserveCapacity(Self.capacity + Self.slack) }
        starts.append(bytes.count)
        SortedRecord.append(key: key, number: number, value: value, to: &bytes)
        if bytes.count >= Self.capacity { try writeRun() }
    }

    /// Writes what is left.
    mutating func finish() throws(SystemError) {
        if !starts.isEmpty { try writeRun() }
        // Room for the others.
        bytes = []
        starts = []
    }

    private mutating func writeRun() throws(SystemError) {
        let path = "\(prefix)\(runs.count)"
        var file = try BufferedWriter(path: path)
        bytes.withUnsafeBytes { bytes in
            starts.sort { Self.comesBefore($0, $1, bytes) }
        }
        for start in starts {
            let end = start + bytes.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: start, as: UInt32.self)) }
            try file.append { $0.append(contentsOf: bytes[start..<end]) }
        }
        try file.finish()
        runs.append(path)
        bytes.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
    }

    private static func comesBefore(_ left: Int, _ right: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let (leftKey, rightKey) = (key(left, bytes), key(right, bytes))
        if let left = leftKey.baseAddress, let right = rightKey.baseAddress {
            let order = memcmp(left, right, min(leftKey.count, rightKey.count))
            if order != 0 { return order < 0 }
        }
        if leftKey.count != rightKey.count { return leftKey.count < rightKey.count }
        return number(left, bytes) < number(right, bytes)
    }

    private static func key(_ start: Int, _ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let length = Int(bytes.loadUnaligned(fromByteOffset: start + 4, as: UInt32.self))
        let first = start + SortedRecord.headerLength
        return UnsafeRawBufferPointer(rebasing: bytes[first..<first + length])
    }

    private static func number(_ start: Int, _ bytes: UnsafeRawBufferPointer) -> Int64 {
        bytes.loadUnaligned(fromByteOffset: start + 8, as: Int64.self)
    }
}
