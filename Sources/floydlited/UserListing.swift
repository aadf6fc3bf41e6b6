import FloydAPI
import FloydCore
import FloydModel
import FoundationEssentials

/// Accounts and tokens as their administrator reads them.
enum UserListing {
    static func text(_ users: [AccountService.AccountSummary]) -> String {
        table(
            [["NAME", "ROLE", "STATE", "CREATED", "TOKENS", "LAST USED"]]
                + users.map {
                    [$0.name.string, $0.role, $0.state, time($0.created), "\($0.tokens)", time($0.lastUsed)]
                }
        )
    }

    static func text(_ tokens: [TokenResponse]) -> String {
        table(
            [["NAME", "ID", "STATE", "CREATED", "EXPIRES", "LAST USED"]]
                + tokens.map {
                    [$0.name, $0.id.string, $0.state, time($0.created), time($0.expires), time($0.lastUsed)]
                }
        )
    }

    static func json(_ document: some Encodable) throws -> String {
        String(decoding: try MessageCoding.encode(document, pretty: true), as: UTF8.self)
    }

    private static func time(_ date: Date?) -> String {
        date.map(MessageCoding.format) ?? "never"
    }

    private static func table(_ rows: [[String]]) -> String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(
                separator: "  "
            )
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
