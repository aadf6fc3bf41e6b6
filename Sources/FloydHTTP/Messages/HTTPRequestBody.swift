import Synchronization

/// The content of a request, pulled by its handler.
///
/// Reading is for one task at a time. It works from any executor and costs least on the loop's own, where a handler begins.
/// A client that sent `Expect: 100-continue` is told to go ahead by the first read, and by nothing else.
public final class HTTPRequestBody: Sendable {
    private let exchange: Exchange?
    private let held: HeldContent?
    /// What Content-Length says; 0 without content, nil for chunked content.
    public let declaredLength: Int64?

    /// The content of requests that have none.
    static let empty = HTTPRequestBody()

    private init() {
        exchange = nil
        held = nil
        declaredLength = 0
    }

    /// Content that no connection brought, for trying handlers without one.
    public init(content: [UInt8]) {
        exchange = nil
        held = HeldContent(content)
        declaredLength = Int64(content.count)
    }

    init(_ exchange: Exchange) {
        self.exchange = exchange
        held = nil
        declaredLength = if case .length(let length) = exchange.framing { length } else { nil }
    }

    /// Sets how much content this request may have, before the first read. Reading more throws `.tooLarge`; a declared length
    /// beyond it does so at once, before the client is told to send.
    public func allow(upTo limit: Int64) {
        exchange?.bodyLimit.store(limit, ordering: .relaxed)
        held?.allow(upTo: limit)
    }

    /// Reads into a buffer what is there, at least a byte, and on for as long as there is room and `goesOn` says so; 0 at the end. Content of a known
    /// length isn't copied on the way. What came before a failure is given; the next call throws it.
    ///
    /// - Parameter goesOn: asked on the connection's thread: it should return at once.
    public func read(
        into buffer: UnsafeMutableRawBufferPointer,
        while goesOn: @escaping @Sendable () -> Bool = { false }
    ) async throws(HTTPBodyError) -> Int {
        guard let exchange else {
            guard let piece = try held?.take(upTo: buffer.count) else { return 0 }
            buffer.copyBytes(from: piece)
            return piece.count
        }
        if exchange.loop.isCurrent { return try await exchange.read(into: buffer, while: goesOn) }
        let lent = LentBuffer(bytes: buffer)
        return try await exchange.loop.perform { () async throws(HTTPBodyError) in
            try await exchange.read(into: lent.bytes, while: goesOn)
        }
    }

    /// Reads what is there, at least a byte and at most `count` bytes; nil at the end.
    public func read(upTo count: Int = 262_144) async throws(HTTPBodyError) -> [UInt8]? {
        guard count > 0 else { return nil }
        guard let exchange else {
            guard let piece = try held?.take(upTo: count), !piece.isEmpty else { return nil }
            return Array(piece)
        }
        if exchange.loop.isCurrent { return try await exchange.read(upTo: count) }
        return try await exchange.loop.perform { () async throws(HTTPBodyError) in try await exchange.read(upTo: count)
        }
    }

    /// Reads all content, of at most `limit` bytes.
    public func collect(limit: Int) async throws(HTTPBodyError) -> [UInt8] {
        allow(upTo: Int64(limit))
        var content: [UInt8] = []
        while let piece = try await read(upTo: 64 * 1024) {
            if content.isEmpty { content = piece } else { content += piece }
        }
        return content
    }
}

/// A buffer on its way to the loop's thread.
///
/// Unchecked Sendable: its owner waits until the loop has given it back.
private struct LentBuffer: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer
}

extension EventLoop {
    /// Runs an operation of the current task on this loop.
    func perform<Value: Sendable, Failure: Error>(
        _ operation: @Sendable () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        try await withTaskExecutorPreference(self, operation: operation)
    }
}
