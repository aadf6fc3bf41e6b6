public import FloydModel

/// How long texts of people may be.
public enum TextLimits {
    /// Characters (Unicode scalars) of a message.
    public static let message = 1_000
    /// Bytes of a command. A whole script may stand in a command, but the kernel takes no longer argument (MAX_ARG_STRLEN, execve(2)).
    public static let command = 128 * 1024 - 1

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

    private static func refusal(_ field: String, _ message: String) -> FloydError {
        FloydError(.invalidRequest, message, fields: [FloydError.Field(name: field, message: message)])
    }
}
