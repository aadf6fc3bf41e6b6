/// What an archive says of one of its entries, as it says it: nothing of it has been judged.
public struct UnpackedEntry: Sendable, Hashable {
    /// What an entry is; the raw value is what stands in a frame.
    public enum Kind: UInt8, Sendable, Hashable, CaseIterable {
        case file = 1
        case folder
        case link
        /// One more name of a file that came before.
        case hardLink
        case fifo
        case socket
        case characterDevice
        case blockDevice
        /// What no archive on Linux should have.
        case other
    }

    public var kind: Kind
    /// Permission bits.
    public var mode: UInt32
    /// Bytes of a file, which follow it; 0 of anything else.
    public var size: Int64
    /// The bytes of its name, which need be no UTF-8.
    public var path: [UInt8]
    /// Where a link leads, or which file a hard link is one more name of; else empty.
    public var target: [UInt8]

    public init(kind: Kind, mode: UInt32 = 0o644, size: Int64 = 0, path: [UInt8], target: [UInt8] = []) {
        self.kind = kind
        self.mode = mode
        self.size = size
        self.path = path
        self.target = target
    }
}
