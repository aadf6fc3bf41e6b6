public import FloydModel

/// How long texts of people may be.
public enum TextLimits {
    /// Characters (Unicode scalars) of a message.
    public static let message = 1_000
    /// Bytes of a command. A whole script may stand in a command, but the kernel takes no longer argument (MAX_ARG_STRLEN, execve(2)).
    public static let command = 128 * 1024 - 1
    /// Characters of a token's name.
    public static let maximumTokenName = 64
    /// What stands for the token that a request itself shows, where tokens are named.
    public static let currentToken = "current"

    /// - Throws: `invalidRequest` for a message that is too long or has control characters.
    public static func message(_ text: String?) throws(FloydError) -> String? {
        guard let text, !text.isEmpty else { return nil }
        guard text.unicodeScalars.count <= message else {
            throw refusal("message", "the message has more than \(message) characters")
        }
        guard text.unicodeScalars.allSatisfy({ $0 == "\n" || $0 == "\t" || $0.properties.generalCategory != .control })
        else {
            throw refusal("message", "the message has control characters")
        }
        return text
    }

    /// - Throws: `invalidRequest` for a command that is empty, too long or has a NUL in it.
    public static func command(_ text: String) throws(FloydError) -> String {
        guard text.contains(where: { !$0.isWhitespace }) else {
            throw FloydError(
                .invalidRequest,
                "the command is empty",
                hint: "Say what to run: floydlite run \"python main.py\".",
                fields: [FloydError.Field(name: "command", message: "empty")]
            )
        }
        guard text.utf8.count <= command else {
            throw refusal("command", "the command has more than \(command) bytes: put it into a script")
        }
        guard !text.utf8.contains(0) else { throw refusal("command", "the command has a NUL character") }
        return text
    }

    /// - Throws: `invalidRequest` for a token's name that is empty or too long, that not every list on a terminal could show, or that would mean
    ///   another token where one is revoked.
    public static func tokenName(_ text: String) throws(FloydError) -> String {
        guard !text.isEmpty, text.utf8.first != UInt8(ascii: " "), text.utf8.last != UInt8(ascii: " ") else {
            throw refusal("name", "the token's name is empty, or begins or ends with a space")
        }
        guard text.utf8.count <= maximumTokenName else {
            throw refusal("name", "the token's name has more than \(maximumTokenName) characters")
        }
        guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw refusal(
                "name",
                "the token's name has characters other than ASCII's letters, digits, signs and spaces"
            )
        }
        guard text != currentToken else {
            throw refusal("name", "no token can be named \(currentToken), which stands for the one in use")
        }
        guard ObjectID(text) == nil else {
            throw refusal("name", "the token's name has the shape of an id, and would be taken for one")
        }
        return text
    }

    private static func refusal(_ field: String, _ message: String) -> FloydError {
        FloydError(.invalidRequest, message, fields: [FloydError.Field(name: field, message: message)])
    }
}
