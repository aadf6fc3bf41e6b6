/// A record that is sorted by its key's bytes, and among equal keys by its number.
struct SortedRecord: Hashable {
    var key: [UInt8]
    var number: Int64
    var value: [UInt8]

    /// Lengths of the record, of its key, and the number.
    static let headerLength = 16

    static func append(key: some Swift.Collection<UInt8>, number: Int64, value: [UInt8], to bytes: inout [UInt8]) {
        let length = UInt32(headerLength + key.count + value.count)
        withUnsafeBytes(of: length) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: UInt32(key.count)) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: key)
        bytes.append(contentsOf: value)
    }

    static func comesBefore(_ left: Self, _ right: Self) -> Bool {
        if left.key == right.key { return left.number < right.number }
        return left.key.lexicographicallyPrecedes(right.key)
    }
}
