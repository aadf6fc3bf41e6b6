import FoundationEssentials

/// The field Retry-After (RFC 9110 §10.2.3): seconds, or a date.
enum RetryAfter {
    /// - Parameters:
    ///   - fields: of the answer, by names in lower case. Its own Date goes before this machine's clock, which may be wrong.
    ///   - now: what this machine's clock shows.
    /// - Returns: nil where there is none, or it can't be understood. Never negative.
    static func parse(_ fields: [String: String], now: Date) -> Duration? {
        guard let text = fields["retry-after"] else { return nil }
        if !text.isEmpty, text.utf8.count <= 9, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return Int(text).map { .seconds($0) }
        }
        guard let date = HTTPDate.parse(text) else { return nil }
        let present = fields["date"].flatMap(HTTPDate.parse) ?? now
        return .seconds(max(0, date.timeIntervalSince(present)))
    }
}
