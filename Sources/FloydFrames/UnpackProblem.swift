/// Why the unpacker could not go on.
public struct UnpackProblem: Error, Sendable, Hashable {
    /// What a program can act on; the raw value is what stands in a frame.
    public enum Code: UInt8, Sendable, Hashable, CaseIterable {
        /// The bytes are no archive of a kind that is taken.
        case unrecognised = 1
        /// It is one, and it is broken or ends too early.
        case damaged
        /// It has what is not supported: encryption, a rare compression, an entry without a size.
        case unsupported
        /// It takes more memory to read than there is for that.
        case memory
        /// The unpacker could not lock itself up, or not read its input.
        case surroundings
    }

    public var code: Code
    /// For people; an archive may have put words into it.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
