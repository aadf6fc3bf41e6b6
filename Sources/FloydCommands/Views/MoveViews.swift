import FloydAPI
import FloydModel

/// Moves of jobs, a line for each.
struct MoveList {
    private var clock = LogClock()

    mutating func line(for move: EventResponse) -> MoveLine {
        MoveLine(move: move, time: clock.local(MessageCoding.format(move.at)))
    }
}

/// One move of a job, or its deletion, as `watch` shows it.
struct MoveLine: Renderable {
    var move: EventResponse
    /// Local.
    var time: String

    func encode(to encoder: any Encoder) throws {
        try move.encode(to: encoder)
    }

    func text(in style: TextStyle) -> String {
        // Nothing moved.
        if let kind = move.kind, kind != .move {
            let text = move.reason ?? (kind == .deleted ? "deleted" : "output deleted")
            return "\(time)  \(TextStyle.printable(move.name))  \(TextStyle.printable(text))\n"
        }
        let attempt = move.attempt > 1 ? " (attempt \(move.attempt))" : ""
        let reason = move.reason.map { ": \(TextStyle.printable($0))" } ?? ""
        return
            "\(time)  \(TextStyle.printable(move.name))  \(style.status(move.state, move.outcome))\(attempt)\(reason)\n"
    }
}
