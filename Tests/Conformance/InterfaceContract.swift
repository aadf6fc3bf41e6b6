import Foundation

/// What the interface's document promises, for holding answers against it.
public struct InterfaceContract: Sendable {
    public let document: JSON

    /// - Parameter document: an OpenAPI 3.1 document.
    public init(document: [UInt8]) throws {
        self.document = try JSON(document)
    }

    /// An answer to a request of the interface.
    public struct Exchange: Sendable {
        public var method: String
        /// With the query, as it was sent.
        public var target: String
        public var status: Int
        /// Of the answer's head, by names in lower case.
        public var fields: [String: String]
        /// nil: it was not read, being a stream or a file.
        public var body: [UInt8]?

        public init(method: String, target: String, status: Int, fields: [String: String], body: [UInt8]?) {
            self.method = method
            self.target = target
            self.status = status
            self.fields = fields
            self.body = body
        }
    }

    /// In what the answer breaks the document.
    public func flaws(of exchange: Exchange) -> [String] {
        let path = exchange.target.prefix { $0 != "?" }
        guard ["/healthz", "/metrics"].contains(path) || path.hasPrefix("/api/") else { return [] }
        let item = item(for: String(path))
        let method = exchange.method.lowercased()
        guard let operation = item?[method] ?? (method == "head" ? item?["get"] : nil) else {
            return unrouted(exchange, isKnown: item != nil)
        }
        guard var answer = operation["responses"]?["\(exchange.status)"] else {
            return ["\(name(exchange)) answers \(exchange.status), which isn't described"]
        }
        if let reference = answer["$ref"]?.string {
            answer = SchemaCheck.resolve(reference, in: document) ?? .null
        }
        return (content(exchange, answer) + fields(exchange, answer)).map { "\(name(exchange)): \($0)" }
    }

    /// The flaws of a message as its schema has it.
    public func flaws(of message: JSON, as schema: String) -> [String] {
        SchemaCheck.flaws(message, .object(["$ref": .string("#/components/schemas/\(schema)")]), root: document)
    }

    private func name(_ exchange: Exchange) -> String {
        "\(exchange.method) \(exchange.target) (\(exchange.status))"
    }

    // MARK: Finding the operation

    /// The path item, literals before parameters.
    private func item(for path: String) -> JSON? {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        let found = (document["paths"]?.members ?? [:]).filter { template, item in
            Self.matches(template, segments, takesRest: Self.takesRest(item))
        }
        return found.max { Self.literals($0.key) < Self.literals($1.key) }?.value
    }

    private static func takesRest(_ item: JSON) -> Bool {
        item.members.values.contains { operation in
            operation["parameters"]?.items.contains { $0["x-multi-segment"]?.boolean == true } == true
        }
    }

    private static func matches(_ template: String, _ segments: [Substring], takesRest: Bool) -> Bool {
        let parts = template.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == segments.count || (takesRest && parts.count < segments.count) else { return false }
        return zip(parts, segments).allSatisfy { part, segment in
            part.hasPrefix("{") ? !segment.isEmpty : part == segment.removingPercentEncoding[...]
        }
    }

    private static func literals(_ template: String) -> Int {
        template.split(separator: "/").count { !$0.hasPrefix("{") }
    }

    // MARK: Holding the answer against it

    private func unrouted(_ exchange: Exchange, isKnown: Bool) -> [String] {
        // A path that is malformed names nothing that could have methods.
        if exchange.status == 400 { return [] }
        let wanted = isKnown ? 405 : 404
        guard exchange.status == wanted else { return ["\(name(exchange)) is not described"] }
        return isKnown && exchange.fields["allow"] == nil ? ["\(name(exchange)) says no Allow"] : []
    }

    private func content(_ exchange: Exchange, _ answer: JSON) -> [String] {
        guard let type = exchange.fields["content-type"] else {
            let isEmpty = exchange.body?.isEmpty ?? true
            let isOwed = answer["content"] != nil && exchange.method != "HEAD"
            return isOwed || !isEmpty ? ["there is no Content-Type"] : []
        }
        let essence = String(type.prefix { $0 != ";" })
        guard let media = answer["content"]?[essence] else { return ["\(essence) isn't described"] }
        guard let schema = media["schema"], let body = exchange.body, exchange.method != "HEAD" else { return [] }
        guard let value = try? JSON(body) else { return ["the body is not JSON"] }
        return SchemaCheck.flaws(value, schema, root: document)
    }

    /// What every answer may say.
    private static let common: Set<String> = [
        "cache-control", "connection", "content-length", "content-security-policy", "content-type", "date",
        "keep-alive",
        "referrer-policy", "server", "transfer-encoding", "x-accel-buffering", "x-content-type-options",
    ]

    private func fields(_ exchange: Exchange, _ answer: JSON) -> [String] {
        var flaws: [String] = []
        let described = answer["headers"]?.members ?? [:]
        for (name, field) in described {
            guard let value = exchange.fields[name.lowercased()] else {
                if field["required"]?.boolean == true { flaws.append("\(name) is missing") }
                continue
            }
            flaws += SchemaCheck.flaws(.string(value), field["schema"] ?? .null, root: document, at: name)
        }
        let names = Set(described.keys.map { $0.lowercased() }).union(Self.common)
        return flaws + exchange.fields.keys.filter { !names.contains($0) }.map { "\($0) isn't described" }
    }
}

extension Substring {
    fileprivate var removingPercentEncoding: String { String(self).removingPercentEncoding ?? String(self) }
}
