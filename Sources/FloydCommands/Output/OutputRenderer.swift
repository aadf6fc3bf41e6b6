import FloydAPI
import FloydModel

/// Something that a command shows: its JSON form is the message of the interface, its text is for people.
protocol Renderable: Encodable {
    func text(in style: TextStyle) -> String
}

/// Puts what commands show on standard output, in the form that was asked for.
struct OutputRenderer {
    var format: OutputFormat
    var context: CommandContext

    func render(_ document: some Renderable) throws(FloydError) {
        switch format {
        case .table:
            context.console.write(document.text(in: style).utf8)
        case .json:
            context.console.write(try Self.encode(document, pretty: true))
        }
    }

    /// Shows `document` as one line of many where the form is JSON.
    func renderLine(_ document: some Renderable) throws(FloydError) {
        switch format {
        case .table:
            context.console.write(document.text(in: style).utf8)
        case .json:
            context.console.write(try Self.encode(document, pretty: false))
        }
    }

    private var style: TextStyle {
        TextStyle(now: context.now(), hasColours: context.console.output.hasColours)
    }

    static func encode(_ document: some Encodable, pretty: Bool) throws(FloydError) -> [UInt8] {
        do {
            return [UInt8](try MessageCoding.encode(document, pretty: pretty)) + [UInt8(ascii: "\n")]
        } catch {
            throw FloydError(.internalError, "the output could not be encoded: \(error)")
        }
    }
}
