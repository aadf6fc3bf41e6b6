import Synchronization

/// Content that is in memory from the start, under the same limit and read in the same way as content that comes from a connection.
final class HeldContent: Sendable {
    private struct State {
        var rest: ArraySlice<UInt8>
        var limit = Int64.max
    }

    private let state: Mutex<State>

    init(_ content: [UInt8]) {
        state = Mutex(State(rest: content[...]))
    }

    func allow(upTo limit: Int64) {
        state.withLock { $0.limit = limit }
    }

    /// At most `count` bytes; empty at the end.
    func take(upTo count: Int) throws(HTTPBodyError) -> ArraySlice<UInt8> {
        try state.withLock { state throws(HTTPBodyError) in
            guard state.rest.count <= state.limit else { throw HTTPBodyError.tooLarge(limit: state.limit) }
            let piece = state.rest.prefix(count)
            state.rest = state.rest.dropFirst(piece.count)
            return piece
        }
    }
}
