/// Writes frames.
public enum FrameCoding {
    /// - Precondition: names are at most `Frame.maximumName` bytes long.
    public static func append(_ entry: UnpackedEntry, to bytes: inout [UInt8]) {
        precondition(entry.path.count <= Frame.maximumName && entry.target.count <= Frame.maximumName)
        appendHeader(.entry, length: Frame.entryLength + entry.path.count + entry.target.count, to: &bytes)
        bytes.append(contentsOf: [entry.kind.rawValue, 0, 0, 0])
        append(entry.mode, to: &bytes)
        append(entry.size, to: &bytes)
        append(UInt32(entry.path.count), to: &bytes)
        append(UInt32(entry.target.count), to: &bytes)
        bytes.append(contentsOf: entry.path)
        bytes.append(contentsOf: entry.target)
    }

    /// The header of a piece of data of `length` bytes, which follow it.
    ///
    /// - Precondition: at most `Frame.maximumData`.
    public static func appendDataHeader(length: Int, to bytes: inout [UInt8]) {
        precondition(length <= Frame.maximumData)
        appendHeader(.data, length: length, to: &bytes)
    }

    public static func appendEnd(entries: Int64, to bytes: inout [UInt8]) {
        appendHeader(.end, length: 8, to: &bytes)
        append(entries, to: &bytes)
    }

    /// A message that is too long is cut.
    public static func append(_ problem: UnpackProblem, to bytes: inout [UInt8]) {
        let message = problem.message.utf8.prefix(Frame.maximumMessage)
        appendHeader(.problem, length: 1 + message.count, to: &bytes)
        bytes.append(problem.code.rawValue)
        bytes.append(contentsOf: message)
    }

    private static func appendHeader(_ kind: Frame.Kind, length: Int, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: [kind.rawValue, 0, 0, 0])
        append(UInt32(length), to: &bytes)
    }

    private static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
