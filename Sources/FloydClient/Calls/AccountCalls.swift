public import FloydAPI
public import FloydModel
public import FoundationEssentials

extension FloydClient {
    /// The account of the token.
    public func account() throws(FloydError) -> AccountResponse {
        try get(APIPath.account)
    }

    public func server() throws(FloydError) -> ServerResponse {
        try get(APIPath.server)
    }

    /// What the server's clock shows, to the second, or nil where it doesn't tell (RFC 9110 §6.6.1).
    public func serverTime() throws(FloydError) -> Date? {
        let (head, _) = try exchange(TransportRequest("GET", APIPath.health, timeout: Self.patience))
        return head.fields["date"].flatMap(HTTPDate.parse)
    }

    public func environments() throws(FloydError) -> [EnvironmentResponse] {
        try all(APIPath.environments)
    }

    public func instanceTypes() throws(FloydError) -> [InstanceTypeResponse] {
        try all(APIPath.instanceTypes)
    }

    /// The items of all pages of the list at `path`.
    func all<Item: Codable & Hashable & Sendable>(
        _ path: String,
        query: [(name: String, value: String)] = []
    ) throws(FloydError) -> [Item] {
        var items: [Item] = []
        var cursor: String?
        repeat {
            let parts = (query + (cursor.map { [("cursor", $0)] } ?? [])).map {
                "\($0.name)=\(APIPath.encoded($0.value))"
            }
            let list: ListResponse<Item> = try get(
                parts.isEmpty ? path : "\(path)?\(parts.joined(separator: "&"))"
            )
            items += list.items
            // A page that leads to itself would never end.
            guard list.next != cursor || cursor == nil else { break }
            cursor = list.next
        } while cursor != nil
        return items
    }
}
