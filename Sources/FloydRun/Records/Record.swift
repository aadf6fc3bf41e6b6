/// The members of a record file, as they are asked for.
struct RecordReader {
    private let members: [String: JSON]
    let version: Int64

    /// - Throws: `FieldError` if the bytes are not one JSON object with a `version`.
    init(_ bytes: [UInt8]) throws(FieldError) {
        guard case .object(let members) = try JSONParser.parse(bytes) else {
            throw FieldError("it is not a JSON object")
        }
        guard case .integer(let version)? = members["version"] else { throw FieldError("it has no version") }
        self.members = members
        self.version = version
    }

    func stringIfPresent(_ name: String) throws(FieldError) -> String? {
        switch members[name] {
        case nil, .null?: return nil
        case .string(let value)?: return value
        default: throw FieldError("\(name) is not a string")
        }
    }

    func string(_ name: String) throws(FieldError) -> String {
        guard let value = try stringIfPresent(name) else { throw FieldError("\(name) is missing") }
        return value
    }

    func integerIfPresent(_ name: String) throws(FieldError) -> Int64? {
        switch members[name] {
        case nil, .null?: return nil
        case .integer(let value)?: return value
        default: throw FieldError("\(name) is not a whole number")
        }
    }

    func integer(_ name: String) throws(FieldError) -> Int64 {
        guard let value = try integerIfPresent(name) else { throw FieldError("\(name) is missing") }
        return value
    }

    func timeIfPresent(_ name: String) throws(FieldError) -> WallTime? {
        guard let text = try stringIfPresent(name) else { return nil }
        guard let time = WallTime(text) else { throw FieldError("\(name) is not a time") }
        return time
    }

    func time(_ name: String) throws(FieldError) -> WallTime {
        guard let time = try timeIfPresent(name) else { throw FieldError("\(name) is missing") }
        return time
    }

    func pid(_ name: String) throws(FieldError) -> Int32 {
        guard let pid = Int32(exactly: try integer(name)), pid > 0 else { throw FieldError("\(name) is not a pid") }
        return pid
    }
}
