import Synchronization

/// Reading a request's content, on the loop.
extension Exchange {
    /// Reads some content into a buffer, and more while `goesOn` says so; 0 at its end. Suspends until there is something.
    func read(into buffer: UnsafeMutableRawBufferPointer, while goesOn: () -> Bool) async throws(HTTPBodyError) -> Int {
        var filled = try await read(into: buffer)
        while filled > 0, filled < buffer.count, goesOn() {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            // Whoever reads next is told of a failure.
            guard let count = try? await read(into: rest), count > 0 else { break }
            filled += count
        }
        return filled
    }

    /// Reads some content into a buffer; 0 at its end. Suspends until there is something.
    func read(into buffer: UnsafeMutableRawBufferPointer) async throws(HTTPBodyError) -> Int {
        guard try await beginRead(), !buffer.isEmpty else { return 0 }
        isReading = true
        defer { isReading = false }
        while true {
            if let count = try await settle(takeBody(into: buffer)) { return count }
            try await waitReadable()
        }
    }

    /// Reads some content; nil at its end. Memory is taken only when there is something to put into it.
    func read(upTo count: Int) async throws(HTTPBodyError) -> [UInt8]? {
        guard try await beginRead() else { return nil }
        isReading = true
        defer { isReading = false }
        while true {
            if !connection.mayRead, !connection.peerEnded, connection.pending.isEmpty { try await waitReadable() }
            let room = decoder == nil ? Int(min(Int64(count), remaining)) : count
            var outcome = Result<Int?, HTTPBodyError>.success(nil)
            let bytes = [UInt8](unsafeUninitializedCapacity: room) { buffer, initialized in
                outcome = takeBody(into: UnsafeMutableRawBufferPointer(buffer))
                if case .success(let taken?) = outcome { initialized = taken }
            }
            guard let taken = try await settle(outcome) else { continue }
            // Whoever keeps a small piece shall not keep a large room with it.
            return taken == 0 ? nil : taken < room / 2 ? bytes.withUnsafeBytes { Array($0) } : bytes
        }
    }

    /// Checks what has to be checked before each read, and tells a client that waits to go ahead. False at the end.
    private func beginRead() async throws(HTTPBodyError) -> Bool {
        guard !isOver else { throw .finished }
        guard !isReading else { throw .concurrentUse }
        if let bodyFailure { throw bodyFailure }
        if isBodyDone { return false }
        let limit = bodyLimit.load(ordering: .relaxed)
        if case .length(let length) = framing, length > limit { throw fail(.tooLarge(limit: limit)) }
        if owesContinue { try await sendContinue() }
        return true
    }

    /// Accounts for what was taken. Nil when there was nothing to take yet.
    private func settle(_ outcome: Result<Int?, HTTPBodyError>) async throws(HTTPBodyError) -> Int? {
        switch outcome {
        case .success(let count?):
            received += Int64(count)
            let limit = bodyLimit.load(ordering: .relaxed)
            if received > limit { throw fail(.tooLarge(limit: limit)) }
            readAllowance.moved(count)
            if connection.usesUpTurn(count) { await loop.nextTurn() }
            return count
        case .success(nil):
            return nil
        case .failure(let error):
            throw fail(error)
        }
    }

    private func fail(_ error: HTTPBodyError) -> HTTPBodyError {
        bodyFailure = error
        return error
    }

    /// Tells a client that waits to go ahead (RFC 9110 §10.1.1); not where content has come without that.
    private func sendContinue() async throws(HTTPBodyError) {
        owesContinue = false
        guard connection.pending.isEmpty else { return }
        try await transmitAll(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }

    private func waitReadable() async throws(HTTPBodyError) {
        let connection = connection
        let began = loop.clock.milliseconds
        connection.set(.read, after: readAllowance.left)
        await withUnsafeContinuation { continuation in
            // Getting here may have suspended, so what was true before the call may not be any more.
            if connection.mayRead || connection.peerEnded || connection.isBroken {
                continuation.resume()
            } else {
                connection.reader = continuation
            }
        }
        connection.deadlines[.read] = .max
        readAllowance.waited(loop.clock.milliseconds - began)
        if connection.isBroken { throw fail(.clientLeft) }
        if readAllowance.left == 0, !connection.mayRead, !connection.peerEnded { throw fail(.timedOut) }
    }

    // MARK: Without waiting

    /// Takes content that is here: nil when nothing is, 0 only at the end.
    func takeBody(into buffer: UnsafeMutableRawBufferPointer) -> Result<Int?, HTTPBodyError> {
        if isBodyDone { return .success(0) }
        return decoder == nil ? takeIdentity(into: buffer) : takeChunked(into: buffer)
    }

    private func takeIdentity(into buffer: UnsafeMutableRawBufferPointer) -> Result<Int?, HTTPBodyError> {
        let wanted = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(remaining, Int64(buffer.count)))])
        if !connection.pending.isEmpty {
            let count = connection.pending.withUnsafeBytes { bytes in
                let count = min(bytes.count, wanted.count)
                wanted.copyMemory(from: bytes.slice(0..<count))
                return count
            }
            connection.pending.removeFirst(count)
            remaining -= Int64(count)
            return .success(count)
        }
        let outcome = receive(into: wanted)
        if case .success(let count?) = outcome { remaining -= Int64(count) }
        return outcome
    }

    /// A chunk with so much to come is received straight into its place; smaller ones are decoded many at a time.
    private static let directChunk: UInt64 = 64 * 1024

    private func takeChunked(into buffer: UnsafeMutableRawBufferPointer) -> Result<Int?, HTTPBodyError> {
        while true {
            if !connection.pending.isEmpty {
                let outcome = connection.pending.withUnsafeBytes { decode($0, into: buffer) }
                switch outcome {
                case .success(let (consumed, produced)):
                    connection.pending.removeFirst(consumed)
                    if produced > 0 || isBodyDone { return .success(produced) }
                case .failure(let error):
                    return .failure(error)
                }
            }
            let contiguous = decoder?.contiguous ?? 0
            if contiguous >= Self.directChunk {
                let room = UnsafeMutableRawBufferPointer(
                    rebasing: buffer[..<min(buffer.count, Int(clamping: contiguous))]
                )
                let outcome = receive(into: room)
                if case .success(let count?) = outcome { decoder?.skipContent(count) }
                return outcome
            }
            switch receive(into: loop.input) {
            case .success(let count?):
                let bytes = UnsafeRawBufferPointer(rebasing: loop.input[..<count])
                switch decode(bytes, into: buffer) {
                case .success(let (consumed, produced)):
                    if consumed < count { connection.pending.append(bytes.slice(consumed..<count)) }
                    if produced > 0 || isBodyDone { return .success(produced) }
                case .failure(let error):
                    return .failure(error)
                }
            case let other:
                return other
            }
        }
    }

    private func decode(
        _ bytes: UnsafeRawBufferPointer,
        into buffer: UnsafeMutableRawBufferPointer
    ) -> Result<(consumed: Int, produced: Int), HTTPBodyError> {
        do throws(ProtocolError) {
            return .success(try decoder?.decode(bytes, into: buffer) ?? (0, 0))
        } catch {
            return .failure(HTTPBodyError(error, limit: bodyLimit.load(ordering: .relaxed)))
        }
    }

    private func receive(into buffer: UnsafeMutableRawBufferPointer) -> Result<Int?, HTTPBodyError> {
        guard connection.mayRead || connection.peerEnded else { return .success(nil) }
        switch connection.receive(into: buffer) {
        case .moved(let count): return .success(count)
        case .wouldBlock: return .success(nil)
        case .ended, .failed: return .failure(.clientLeft)
        }
    }
}
