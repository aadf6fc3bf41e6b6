/// One header or trailer field line (RFC 9112 §5), split and checked.
struct FieldLine {
    var name: UnsafeRawBufferPointer
    /// The value without the blanks around it.
    var value: UnsafeRawBufferPointer

    init(parsing line: UnsafeRawBufferPointer) throws(ProtocolError) {
        guard let first = line.first, !ByteClass.isBlank(first) else {
            throw ProtocolError(400, "a header field line begins with a blank")
        }
        guard let colon = line.firstIndex(of: 0x3a), colon > 0 else {
            throw ProtocolError(400, "a header field line has no name")
        }
        name = line.slice(0..<colon)
        guard name.allSatisfy(ByteClass.isToken) else {
            throw ProtocolError(400, "invalid byte in a header field name")
        }
        value = line.slice(colon + 1..<line.count).trimmed
        guard value.allSatisfy(ByteClass.isFieldValue) else {
            throw ProtocolError(400, "invalid byte in a header field value")
        }
    }
}
