import Foundation

/// A JSON document.
public indirect enum JSON: Sendable, Hashable, Decodable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case list([JSON])
    case object([String: JSON])

    public init(_ bytes: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(JSON.self, from: Data(bytes))
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    public subscript(name: String) -> JSON? { members[name] }

    public var members: [String: JSON] { if case .object(let members) = self { members } else { [:] } }
    public var items: [JSON] { if case .list(let items) = self { items } else { [] } }
    public var string: String? { if case .string(let string) = self { string } else { nil } }
    public var keys: Set<String> { Set(members.keys) }
    public var integer: Int? { number.flatMap { Int(exactly: $0) } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
    var boolean: Bool? { if case .boolean(let boolean) = self { boolean } else { nil } }
}
