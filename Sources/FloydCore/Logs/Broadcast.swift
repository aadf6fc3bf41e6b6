internal import Synchronization

/// A value that many readers get, and what one of them made of it for all: its encoding.
public final class Broadcast<Value: Sendable>: Sendable {
    public let value: Value
    private let encoding = Mutex<[UInt8]?>(nil)

    public init(_ value: Value) {
        self.value = value
    }

    /// What `encode` makes of the value, made at the first call; whoever calls at the same time waits. All calls are to give the same
    /// encoding.
    public func encoded(_ encode: (Value) throws -> [UInt8]) rethrows -> [UInt8] {
        try encoding.withLock { encoding in
            if let encoding { return encoding }
            let bytes = try encode(value)
            encoding = bytes
            return bytes
        }
    }
}
