import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import FloydTree
import HTTPTypes
import Synchronization

/// The field Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a word that is the same in each repetition of a request. In double quotes or
/// without.
enum RequestKeyField {
    static let pattern = #"^("[!#-\[\]-~]{1,255}"|[!#-+\--\[\]-~]{1,255})$"#

    /// - Throws: `invalidRequest` for one that is empty, longer than 255 characters, or has other characters than visible ASCII.
    static func parse(_ fields: HTTPFields) throws(FloydError) -> String? {
        guard let field = fields[.idempotencyKey] else { return nil }
        let isQuoted = field.count >= 2 && field.hasPrefix("\"") && field.hasSuffix("\"")
        let key = isQuoted ? String(field.dropFirst().dropLast()) : field
        let isPlain = key.utf8.allSatisfy { byte in
            // Two fields come as one with a comma.
            (0x21...0x7e).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
                && (isQuoted || byte != UInt8(ascii: ","))
        }
        guard isPlain, (1...255).contains(key.utf8.count) else {
            throw FloydError(
                .invalidRequest,
                "the Idempotency-Key is not a key: \(Printable.cut(field))",
                hint: "Send 1 to 255 visible ASCII characters, a UUID for example; the same again to repeat a request.",
                fields: [FloydError.Field(name: "Idempotency-Key", message: "is not 1 to 255 visible ASCII characters")]
            )
        }
        return key
    }
}

extension Parameter {
    static let idempotencyKey = Parameter(
        "Idempotency-Key",
        """
        The same in each repetition of a request, which then is done once and answered as it was the first time, for 24 hours; a repetition that comes while \
        the first is under way waits for it. What failed may be tried again with its key.
        """,
        .string(RequestKeyField.pattern)
    )
}

extension RoutedRequest {
    /// The request's key, if it has one, with the fingerprint of what it says: its address and `message`.
    func once(_ message: some Encodable) throws -> RequestKey? {
        guard let key = try RequestKeyField.parse(fields) else { return nil }
        var hasher = FileHasher(.sha256)
        hasher.update(target)
        hasher.update([UInt8](try MessageCoding.encode(message)))
        let fingerprint = hasher.finalize()
        return RequestKey(key) { fingerprint }
    }

    /// The same for content that is read as it comes: it has to be read from the source that this returns.
    func once(_ content: @escaping ByteSource) throws -> (source: ByteSource, key: RequestKey)? {
        guard let key = try RequestKeyField.parse(fields) else { return nil }
        let content = FingerprintedContent(content, behind: target)
        return ({ try await content.next() }, RequestKey(key) { content.fingerprint })
    }

    private var target: [UInt8] {
        Array("\(http.method) \(http.target)\n".utf8)
    }
}

/// Content that is hashed while it is read.
private final class FingerprintedContent: Sendable {
    private struct State: ~Copyable {
        var hasher = FileHasher(.sha256)
        var fingerprint: [UInt8]?
    }

    private let source: ByteSource
    private let state: Mutex<State>

    init(_ source: @escaping ByteSource, behind start: [UInt8]) {
        self.source = source
        var first = State()
        first.hasher.update(start)
        state = Mutex(first)
    }

    /// From so many bytes on, hashing them takes longer than an event loop may be held.
    private static let longPiece = 64 * 1024

    private func update(_ piece: [UInt8]) {
        state.withLock { $0.hasher.update(piece) }
    }

    func next() async throws -> [UInt8]? {
        guard let piece = try await source() else { return nil }
        if piece.count < Self.longPiece {
            update(piece)
        } else {
            await BlockingWork.run { () async throws(Never) in update(piece) }
        }
        return piece
    }

    /// Of what was read until this was asked for the first time.
    var fingerprint: [UInt8] {
        state.withLock { state in
            if let known = state.fingerprint { return known }
            let fingerprint = state.hasher.finalize()
            state.fingerprint = fingerprint
            return fingerprint
        }
    }
}
