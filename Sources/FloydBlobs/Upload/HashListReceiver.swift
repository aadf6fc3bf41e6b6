public import FloydModel
import FloydOS
import FloydTree
import Glibc
import Synchronization

/// Takes the hashes that come with a commit: lines of 64 lowercase hexadecimal digits, one for each file whose manifest line had none,
/// in order. Holds one line. Of a list that doesn't come whole nothing stays; what a crash leaves of one goes with the upload.
public final class HashListReceiver: Sendable {
    private struct State: ~Copyable {
        var writer: BufferedWriter
        var pending: [UInt8] = []
        var count = 0
        var isWhole = false
    }

    private let path: String
    /// Another request may be at a list of the same upload, or a commit read one.
    private let draft: String
    private let expected: Int
    /// One caller at a time.
    private let state: Mutex<State>

    init(path: String, expected: Int) throws(FloydError) {
        self.path = path
        draft = "\(path).\(ObjectID())"
        self.expected = expected
        do throws(SystemError) {
            state = Mutex(State(writer: try BufferedWriter(path: draft)))
        } catch {
            throw Self.failure(error)
        }
    }

    /// The upload may have been given up meanwhile.
    private static func failure(_ error: SystemError) -> FloydError {
        guard error.code == ENOENT else { return FloydError(storage: error) }
        return FloydError(.notFound, "the upload is no longer there", hint: "Begin a new one.")
    }

    deinit {
        if state.withLock({ !$0.isWhole }) { try? Folder.removeTree(draft) }
    }

    /// - Throws: `FloydError` with `invalidRequest`, which names the line.
    public func append(_ bytes: [UInt8]) throws(FloydError) {
        try state.withLock { state throws(FloydError) in
            for byte in bytes {
                if byte == 0x0A {
                    try take(&state)
                } else {
                    guard state.pending.count < FileHasher.length * 2 else { throw wrongLine(state.count) }
                    state.pending.append(byte)
                }
            }
        }
    }

    /// Says that there are no more.
    ///
    /// - Throws: `FloydError` with `invalidRequest` where they are too few.
    public func finish() throws(FloydError) {
        try state.withLock { state throws(FloydError) in
            if !state.pending.isEmpty { try take(&state) }
            guard state.count == expected else {
                throw FloydError(.invalidRequest, "\(state.count) hashes came for \(expected) files without one")
            }
            do throws(SystemError) {
                try state.writer.finish()
                try Folder.rename(draft, to: path)
            } catch {
                throw Self.failure(error)
            }
            state.isWhole = true
        }
    }

    private func take(_ state: inout State) throws(FloydError) {
        guard let hash = Hex.bytes(state.pending), hash.count == FileHasher.length else { throw wrongLine(state.count) }
        guard state.count < expected else {
            throw FloydError(.invalidRequest, "more hashes came than the \(expected) files without one")
        }
        try storing { () throws(SystemError) in try state.writer.append { $0 += hash } }
        state.count += 1
        state.pending.removeAll(keepingCapacity: true)
    }

    private func wrongLine(_ number: Int) -> FloydError {
        FloydError(.invalidRequest, "line \(number + 1) of the hashes is not 64 lowercase hexadecimal digits")
    }
}
