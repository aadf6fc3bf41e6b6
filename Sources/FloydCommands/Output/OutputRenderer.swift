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

    /// Does `body` with each of the items, and shows those that it was done with, also where it fails for one.
    func render<Item>(
        _ items: [Item],
        as document: ([Item]) -> some Renderable,
        after body: (Item) throws(FloydError) -> Void
    ) throws(FloydError) {
        defer { context.console.flush() }
        for (index, item) in items.enumerated() {
            do throws(FloydError) {
                try body(item)
            } catch {
                if index > 0 { try render(document(Array(items[..<index]))) }
                throw error
            }
        }
        try render(document(items))
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
