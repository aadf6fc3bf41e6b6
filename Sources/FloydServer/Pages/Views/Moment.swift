import FloydAPI
import FoundationEssentials

/// A time for a page: the exact one, and one that reads well where no script puts it into the reader's own zone.
enum Moment {
    /// `2026-11-22T05:27:18.497Z`, for `datetime`.
    static func exact(_ date: Date) -> String {
        MessageCoding.format(date)
    }

    /// `2026-11-22 05:27 UTC`.
    static func readable(_ date: Date) -> String {
        let text = MessageCoding.format(date)
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5)) UTC"
    }
}
