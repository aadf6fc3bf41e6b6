/// The names in one folder, packed: a folder may have a million of them.
///
/// Sorted they come in the order in which they must be visited for whole paths to come in byte order: `a`, `a-b`, `a/c`. Each name
/// comes as itself, and, where it can be a folder, once more in the place where a slash after it sorts.
public struct FolderNames: Sendable {
    /// A visit of a name: for itself, or to go down into it if it is a folder.
    public struct Step: Sendable, Hashable {
        public let name: [UInt8]
        public let isDescent: Bool

        public init(name: [UInt8], isDescent: Bool) {
            self.name = name
            self.isDescent = isDescent
        }
    }

    private struct Item {
        /// Where its name begins among the bytes of all.
        var start: UInt32
        var length: UInt16
        var isDescent: Bool
    }

    private var bytes: [UInt8] = []
    private var items: [Item] = []

    public init() {}

    /// - Parameter canBeFolder: false where it is known to be something else.
    public mutating func append(_ name: some Swift.Collection<UInt8>, canBeFolder: Bool = true) {
        let item = Item(start: UInt32(bytes.count), length: UInt16(name.count), isDescent: false)
        bytes += name
        items.append(item)
        if canBeFolder { items.append(Item(start: item.start, length: item.length, isDescent: true)) }
    }

    /// Adds the way down into a folder alone.
    public mutating func appendDescent(_ name: some Swift.Collection<UInt8>) {
        items.append(Item(start: UInt32(bytes.count), length: UInt16(name.count), isDescent: true))
        bytes += name
    }

    /// Puts the steps in order.
    public mutating func sort() {
        bytes.withUnsafeBytes { bytes in
            items.sort { Self.precedes($0, $1, bytes) }
        }
    }

    private static func precedes(_ left: Item, _ right: Item, _ bytes: UnsafeRawBufferPointer) -> Bool {
        let common = Int(min(left.length, right.length))
        for index in 0..<common {
            let (one, other) = (bytes[Int(left.start) + index], bytes[Int(right.start) + index])
            if one != other { return one < other }
        }
        let (one, other) = (next(left, common, bytes), next(right, common, bytes))
        return one == other ? left.length < right.length : one < other
    }

    /// What comes after the first `count` bytes: a byte, the slash of a descent, or -1 at the end.
    private static func next(_ item: Item, _ count: Int, _ bytes: UnsafeRawBufferPointer) -> Int {
        if count < Int(item.length) { return Int(bytes[Int(item.start) + count]) }
        return item.isDescent ? Int(TreePath.slash) : -1
    }

    /// Number of steps.
    public var count: Int { items.count }

    public subscript(index: Int) -> Step {
        let item = items[index]
        return Step(
            name: Array(bytes[Int(item.start)..<Int(item.start) + Int(item.length)]),
            isDescent: item.isDescent
        )
    }
}
