public import FloydModel

/// Bytes that are made while they are read, by one reader at a time. Calls block: `BlockingPool`.
public protocol ByteProducer: ~Copyable, Sendable {
    /// The next bytes, never none, or nil behind the last.
    mutating func next() throws(FloydError) -> [UInt8]?
}
