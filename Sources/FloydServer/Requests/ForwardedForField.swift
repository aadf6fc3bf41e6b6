import FloydCore
import HTTPTypes

/// X-Forwarded-For, -Proto and -Host, which no standard describes, as nginx, Caddy and others send them: each proxy appends who asked it
/// to the first, and replaces or appends to the others.
enum ForwardedForField {
    /// The client before the last proxy that isn't trusted; nil without these fields, and where an entry that matters is malformed.
    static func client(in fields: HTTPFields, _ trusted: TrustedProxies) -> ForwardedClient? {
        let hops = entries(.xForwardedFor, fields)
        let schemes = entries(.xForwardedProto, fields)
        let hosts = entries(.xForwardedHost, fields)
        guard !hops.isEmpty || !schemes.isEmpty || !hosts.isEmpty else { return nil }
        var known: IPAddress?
        var place = hops.count
        for (index, hop) in hops.enumerated().reversed() {
            guard let address = node(hop) else { return nil }
            place = index
            known = address ?? known
            guard let address, trusted.contains(address) else { break }
        }
        return ForwardedClient(
            address: known,
            scheme: entry(at: place, of: schemes, hops.count),
            host: entry(at: place, of: hosts, hops.count)
        )
    }

    private static func entries(_ name: HTTPField.Name, _ fields: HTTPFields) -> [Substring] {
        fields[values: name].flatMap { line in
            line.split(separator: ",", omittingEmptySubsequences: false).map(trim)
        }
    }

    private static func trim(_ text: Substring) -> Substring {
        let start = text.drop { $0 == " " || $0 == "\t" }
        guard let last = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return start[...last]
    }

    /// An entry of a field in which each hop may have one, or there is one for all: the nearest proxy's.
    private static func entry(at place: Int, of entries: [Substring], _ hops: Int) -> String? {
        (entries.count == hops && place < hops ? entries[place] : entries.last).map(String.init)
    }

    /// An address, which may have a port, and brackets around it.
    ///
    /// - Returns: nil if it is malformed; nil inside, if the proxy doesn't know.
    private static func node(_ text: Substring) -> IPAddress?? {
        if let address = IPAddress(text) { return .some(address) }
        return ForwardedField.node(String(text))
    }
}
