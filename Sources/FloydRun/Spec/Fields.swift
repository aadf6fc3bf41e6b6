/// A list of named byte strings, in an encoding that needs no library and can hold anything: a head line that names the format and its
/// version, then for each field `name length`, a newline, the bytes and another newline.
package struct FieldWriter {
    package private(set) var bytes: [UInt8]

    package init(format: String, version: Int) {
        bytes = Array("\(format) \(version)\n".utf8)
    }

    package mutating func append(_ name: String, _ value: String) {
        bytes += Array("\(name) \(value.utf8.count)\n".utf8)
        bytes += Array(value.utf8)
        bytes.append(UInt8(ascii: "\n"))
    }

    package mutating func append(_ name: String, _ value: Int) {
        append(name, String(value))
    }

    package mutating func append(_ name: String, _ values: [String]) {
        for value in values { append(name, value) }
    }
}

/// Why bytes are not what they should be.
public struct FieldError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// Reads what `FieldWriter` wrote, strictly in its order: an unknown, missing, doubled or misplaced field is an error.
package struct FieldReader {
    private var fields: ArraySlice<(name: String, value: String)>

    /// - Throws: `FieldError` if the bytes are not of this format and version, or are cut off.
    package init(_ bytes: [UInt8], format: String, version: Int) throws(FieldError) {
        var rest = bytes[...]
        guard let head = Self.head(&rest) else { throw FieldError("the head line is missing") }
        guard head.name == format else { throw FieldError("it is not a \(format)") }
        guard head.number == version else { throw FieldError("its version is \(head.number), not \(version)") }
        var fields: [(name: String, value: String)] = []
        while !rest.isEmpty {
            guard let (name, length) = Self.head(&rest) else { throw FieldError("a field's head is wrong or cut off") }
            guard rest.count > length, rest[rest.startIndex + length] == UInt8(ascii: "\n") else {
                throw FieldError("the field \(name) is cut off")
            }
            guard let value = String(validating: rest.prefix(length), as: UTF8.self) else {
                throw FieldError("the field \(name) is not UTF-8")
            }
            fields.append((name, value))
            rest = rest.dropFirst(length + 1)
        }
        self.fields = fields[...]
    }

    /// A line of a name and a number.
    private static func head(_ rest: inout ArraySlice<UInt8>) -> (name: String, number: Int)? {
        let line = rest.prefix(256)
        guard let space = line.firstIndex(of: UInt8(ascii: " ")), let end = line.firstIndex(of: UInt8(ascii: "\n")),
            space < end, let name = String(validating: rest[..<space], as: UTF8.self)
        else { return nil }
        let digits = String(decoding: rest[(space + 1)..<end], as: UTF8.self)
        guard let number = Int(digits), number >= 0, String(number) == digits else { return nil }
        rest = rest[(end + 1)...]
        return (name, number)
    }

    /// The next field's value if its name is `name`.
    package mutating func takeIfPresent(_ name: String) -> String? {
        guard let first = fields.first, first.name == name else { return nil }
        fields.removeFirst()
        return first.value
    }

    package mutating func take(_ name: String) throws(FieldError) -> String {
        guard let value = takeIfPresent(name) else {
            throw FieldError("the field \(name) is missing where \(fields.first?.name ?? "the end") stands")
        }
        return value
    }

    package mutating func takeAll(_ name: String) -> [String] {
        var values: [String] = []
        while let value = takeIfPresent(name) { values.append(value) }
        return values
    }

    package mutating func takeNumber(_ name: String) throws(FieldError) -> Int {
        try Self.number(try take(name), name)
    }

    package mutating func takeNumberIfPresent(_ name: String) throws(FieldError) -> Int? {
        guard let text = takeIfPresent(name) else { return nil }
        return try Self.number(text, name)
    }

    private static func number(_ text: String, _ name: String) throws(FieldError) -> Int {
        guard let number = Int(text), String(number) == text else { throw FieldError("\(name) is not a number") }
        return number
    }

    package func finish() throws(FieldError) {
        if let first = fields.first { throw FieldError("the field \(first.name) is unknown or misplaced") }
    }
}
