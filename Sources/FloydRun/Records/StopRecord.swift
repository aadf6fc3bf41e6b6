/// The wish that an attempt ends: the file `stop`.
public struct StopRecord: Sendable, Hashable {
    /// Seconds between SIGTERM and SIGKILL; 0: at once. Nil: what the spec says.
    public var grace: Int?

    public init(grace: Int?) {
        self.grace = grace
    }

    /// JSON.
    public func encoded() -> [UInt8] {
        var object = JSONObjectWriter()
        object.append("version", Int64(WorkerRecord.currentProtocol))
        object.append("grace", grace.map(Int64.init))
        return object.finished()
    }

    /// Members that it doesn't know are a later version's, and ignored.
    public init(decoding bytes: [UInt8]) throws(FieldError) {
        let record = try RecordReader(bytes)
        grace = try record.integerIfPresent("grace").flatMap(Int.init(exactly:))
        guard (grace ?? 0) >= 0 else { throw FieldError("grace is negative") }
    }
}
