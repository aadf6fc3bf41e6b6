import FloydAPI
import FloydCore

/// A message whose schema stands in the interface's document, under a name of its own.
protocol DescribedMessage: SendableMetatype {
    /// Of ASCII's letters, digits and `._-` alone (OpenAPI 3.1, "Components Object"). By default what the type is called, which of a private one would be
    /// a mangled name.
    static var schemaName: String { get }
    static var schema: Schema { get }
    /// Other messages that the schema refers to.
    static var parts: [any DescribedMessage.Type] { get }
}

extension DescribedMessage {
    static var schemaName: String {
        let name = "\(Self.self)"
        return name.hasSuffix("Response") ? String(name.dropLast("Response".count)) : name
    }
    static var parts: [any DescribedMessage.Type] { [] }
}

/// `ListResponse` of described items.
enum ListOf<Item: DescribedMessage>: DescribedMessage {
    static var schemaName: String { "\(Item.schemaName)List" }
    static var parts: [any DescribedMessage.Type] { [Item.self] }
    static var schema: Schema {
        .object([
            "items": .list(of: .message(Item.self), atMost: PageRequest.maximumLimit),
            "next": .string.described("Given back as `cursor` it brings the next page; absent on the last.").optional,
        ])
    }
}
