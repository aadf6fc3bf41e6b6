/// The order in which a folder's names must be visited for whole paths to come in byte order: `a`, `a-b`, `a/c`.
public enum PathOrder {
    /// A name in a folder, as bytes.
    public struct FolderName: Sendable, Hashable {
        public let bytes: [UInt8]
        /// False where it is known to be something else.
        public let canBeFolder: Bool

        public init(bytes: [UInt8], canBeFolder: Bool = true) {
            self.bytes = bytes
            self.canBeFolder = canBeFolder
        }
    }

    /// A visit of a name: for itself, or to go down into it if it is a folder.
    public struct Step: Sendable, Hashable {
        public let name: [UInt8]
        public let isDescent: Bool

        public init(name: [UInt8], isDescent: Bool) {
            self.name = name
            self.isDescent = isDescent
        }
    }

    /// Each name comes as itself, and, where it can be a folder, once more in the place where a slash after it sorts.
    public static func steps(through names: [FolderName]) -> [Step] {
        var keyed: [(key: [UInt8], step: Step)] = []
        keyed.reserveCapacity(names.count)
        for name in names {
            keyed.append((name.bytes, Step(name: name.bytes, isDescent: false)))
            if name.canBeFolder {
                keyed.append((name.bytes + [TreePath.slash], Step(name: name.bytes, isDescent: true)))
            }
        }
        keyed.sort { $0.key.lexicographicallyPrecedes($1.key) }
        return keyed.map(\.step)
    }
}
