import FloydHTTP
import Synchronization

@testable import FloydServer

/// Keeps what is sent, and decides what a wait brings.
final class FakeOutput: EventOutput {
    struct State {
        var sent = ""
        var waits = 0
    }

    let state = Mutex(State())
    /// Called at every wait with its number; true: signalled, false: the time is over, nil: the server stops.
    let onWait: @Sendable (Int) throws -> Bool?
    private let stopping = Mutex(false)

    init(onWait: @escaping @Sendable (Int) throws -> Bool?) { self.onWait = onWait }

    var sent: String { state.withLock { $0.sent } }
    var isStopping: Bool { stopping.withLock { $0 } }

    func send(_ bytes: [UInt8]) async throws {
        state.withLock { $0.sent += String(decoding: bytes, as: UTF8.self) }
    }

    func pause(in member: HTTPChannel.Member, at place: Int64, since changes: Int, timeout: Duration) async throws
        -> HTTPChannel.Pause
    {
        HTTPChannel.Pause(place: place, isSignalled: try await pause(for: HTTPSignal(), timeout: timeout))
    }

    func pause(for signal: HTTPSignal, timeout: Duration) async throws -> Bool {
        let number = state.withLock { state in
            state.waits += 1
            return state.waits
        }
        guard let result = try onWait(number) else {
            stopping.withLock { $0 = true }
            return false
        }
        return result
    }
}
