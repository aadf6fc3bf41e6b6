import Glibc
import HTTPTypes

/// Sending the answer, on the loop.
extension Exchange {
    /// Content up to this size goes out with the head in one call.
    private static var contentInOneCall: Int { 32 * 1024 }
    /// A call keeps the socket's lock, and what the client acknowledges meanwhile waits for its end: pieces of 256 and 512 KiB went out at 3.1 GB/s over loopback,
    /// of 64 KiB at 2.1 and of 2 MiB at 2.3.
    private static var fileBytesACall: Int { 256 * 1024 }

    /// Plans the answer. True when it is small and so whole: it is sent at the end of the turn, and that is all. Else its head is sent, and
    /// `answer` goes on.
    func answerAtOnce(_ response: HTTPServerResponse) -> Bool {
        loop.assertCurrent()
        annotation = response.annotation
        let response = replacement(for: response) ?? response
        let content = response.body.content
        let plan = AnswerPlan(
            status: response.status.code,
            content: content,
            method: method,
            version: version,
            mayKeep: mayKeepConnection && !response.endsConnection
        )
        self.plan = plan
        status = response.status.code
        keepsConnection = plan.keepsConnection
        owesContinue = false
        if !plan.sendsContent {
            loop.hold(for: self) { output in writeHead(of: response, plan, into: &output) }
            return true
        }
        if case .bytes(let bytes) = response.body, bytes.count <= Self.contentInOneCall {
            sent = Int64(bytes.count)
            loop.hold(for: self) { output in
                writeHead(of: response, plan, into: &output)
                output.append(bytes)
            }
            return true
        }
        loop.output.removeAll()
        writeHead(of: response, plan, into: &loop.output)
        unsent = loop.output.withUnsafeBytes { remainder(of: $0, more: response.body.followsAtOnce) }
        return false
    }

    private func writeHead(of response: HTTPServerResponse, _ plan: AnswerPlan, into output: inout OutputBuffer) {
        ResponseHead.write(
            status: response.status,
            fields: response.headerFields,
            framing: plan.framing,
            connection: plan.connection,
            date: loop.clock.date,
            into: &output
        )
    }

    /// Sends an answer that was held. True when that was all; else `sendRest` goes on.
    func sendHeld(_ bytes: UnsafeRawBufferPointer) -> Bool {
        unsent = remainder(of: bytes)
        return unsent.isEmpty
    }

    /// Sends what the socket takes now, and returns what it doesn't: nothing of a connection that is broken.
    private func remainder(of bytes: UnsafeRawBufferPointer, more: Bool = false) -> [UInt8] {
        switch connection.transmit(bytes, more: more) {
        case .moved(bytes.count), .ended, .failed: []
        case .moved(let count): Array(bytes.slice(count..<bytes.count))
        case .wouldBlock: Array(bytes)
        }
    }

    /// Sends what `sendHeld` left.
    func sendRest() async {
        do {
            try await transmitAll(unsent)
        } catch {
            connection.abort()
        }
    }

    /// Sends what `answerAtOnce` left. Whatever fails cuts the connection: a head that promised content was sent.
    func answer(_ response: HTTPServerResponse) async {
        do {
            if !unsent.isEmpty { try await transmitAll(unsent) }
            unsent = []
            if connection.isBroken { return }
            guard let plan, plan.sendsContent else { return }
            switch response.body {
            case .none:
                break
            case .bytes(let bytes):
                if sent == 0 {
                    try await transmitAll(bytes)
                    sent = Int64(bytes.count)
                }
            case .file(let region):
                try await send(region)
            case .stream(let length, let produce):
                try await produce(HTTPBodyWriter(self))
                guard length == nil || sent == length else { return connection.abort() }
                if plan.framing == .chunked { try await transmitAll(Array("0\r\n\r\n".utf8)) }
            }
        } catch {
            connection.abort()
        }
    }

    /// The server's own answer: where content made no sense and the handler took it for good, and for an interim status.
    private func replacement(for response: HTTPServerResponse) -> HTTPServerResponse? {
        let code = response.status.code
        if let bodyFailure, code < 400 {
            return HTTPServerResponse(
                status: .init(code: bodyFailure.status),
                headerFields: [.contentType: "text/plain; charset=utf-8"],
                body: .bytes(Array((bodyFailure.reason + "\n").utf8))
            )
        }
        guard code < 200 || code > 599 else { return nil }
        return HTTPServerResponse(status: .internalServerError)
    }

    /// Whether the connection can go on after the answer. What a handler left unread is thrown away if that is little; a
    /// client that waits for leave to send may send or not, and then the next bytes could be anything.
    private var mayKeepConnection: Bool {
        guard isPersistent, !loop.isStopping, bodyFailure == nil else { return false }
        if isBodyDone { return true }
        if owesContinue { return false }
        return decoder != nil || remaining <= loop.shared.configuration.limits.unreadBody
    }

    // MARK: Sending

    /// Writes a stream's content in the framing of the answer.
    func write(_ bytes: [UInt8]) async throws(HTTPBodyError) {
        guard !isOver, let plan else { throw .finished }
        guard !isWriting else { throw .concurrentUse }
        guard !bytes.isEmpty else { return }
        isWriting = true
        defer { isWriting = false }
        if case .length(let length) = plan.framing, sent + Int64(bytes.count) > length {
            throw .tooLarge(limit: length)
        }
        if plan.framing != .chunked {
            try await transmitAll(bytes)
        } else {
            loop.output.removeAll()
            loop.output.append(hexadecimal: bytes.count)
            loop.output.append(literal: "\r\n")
            if bytes.count <= Self.contentInOneCall {
                loop.output.append(bytes)
                loop.output.append(literal: "\r\n")
                try await transmitOutput(more: false)
            } else {
                try await transmitOutput(more: true)
                try await transmitAll(bytes, more: true)
                try await transmitAll([0x0d, 0x0a])
            }
        }
        sent += Int64(bytes.count)
    }

    /// Writes a part of a file as a piece of a stream's content, in the framing of the answer.
    func write(_ region: FileRegion) async throws(HTTPBodyError) {
        guard !isOver, let plan else { throw .finished }
        guard !isWriting else { throw .concurrentUse }
        guard region.length > 0 else { return }
        isWriting = true
        defer { isWriting = false }
        if case .length(let length) = plan.framing, sent + region.length > length {
            throw .tooLarge(limit: length)
        }
        guard plan.framing == .chunked else { return try await send(region) }
        loop.output.removeAll()
        loop.output.append(String(region.length, radix: 16))
        loop.output.append(literal: "\r\n")
        try await transmitOutput(more: true)
        try await send(region)
        try await transmitAll([0x0d, 0x0a])
    }

    private func transmitOutput(more: Bool) async throws(HTTPBodyError) {
        let result = loop.output.withUnsafeBytes { connection.transmit($0, more: more) }
        switch result {
        case .moved(let count) where count == loop.output.count:
            writeAllowance.moved(count)
            if connection.usesUpTurn(count) { await loop.nextTurn() }
        case .moved(let count):
            writeAllowance.moved(count)
            try await transmitAll(loop.output.copy(from: count), more: more)
        case .wouldBlock:
            try await transmitAll(loop.output.copy(from: 0), more: more)
        case .ended, .failed:
            throw .clientLeft
        }
    }

    func transmitAll(_ bytes: [UInt8], more: Bool = false) async throws(HTTPBodyError) {
        var offset = 0
        while offset < bytes.count {
            let result = bytes.withUnsafeBytes { connection.transmit($0.slice(offset..<bytes.count), more: more) }
            offset += try await advance(after: result)
        }
    }

    private func send(_ region: FileRegion) async throws(HTTPBodyError) {
        var offset = off_t(region.offset)
        let end = region.offset + region.length
        while offset < end {
            let count = Int(min(end - Int64(offset), Int64(Self.fileBytesACall)))
            let result = connection.transmit(file: region.descriptor, offset: &offset, count: count)
            sent += Int64(try await advance(after: result))
        }
    }

    /// What a call moved, after making room for others, or for more.
    private func advance(after result: SocketResult) async throws(HTTPBodyError) -> Int {
        switch result {
        case .moved(let count):
            writeAllowance.moved(count)
            if connection.usesUpTurn(count) { await loop.nextTurn() }
            return count
        case .wouldBlock:
            try await waitWritable()
            return 0
        case .ended, .failed:
            throw .clientLeft
        }
    }

    private func waitWritable() async throws(HTTPBodyError) {
        let connection = connection
        let began = loop.clock.milliseconds
        connection.set(.write, after: writeAllowance.left)
        await withUnsafeContinuation { continuation in
            // Getting here may have suspended, so what was true before the call may not be any more.
            if connection.mayWrite || connection.isBroken {
                continuation.resume()
            } else {
                connection.writer = continuation
            }
        }
        connection.deadlines[.write] = .max
        writeAllowance.waited(loop.clock.milliseconds - began)
        if connection.isBroken { throw .clientLeft }
        if writeAllowance.left == 0, !connection.mayWrite { throw .timedOut }
    }
}

extension HTTPResponseBody {
    fileprivate var content: AnswerPlan.Content {
        switch self {
        case .none: .none
        case .bytes(let bytes): .length(Int64(bytes.count))
        case .file(let region): .length(region.length)
        case .stream(let length?, _): .length(length)
        case .stream(nil, _): .unknown
        }
    }

    /// Whether there is something to send right behind the head, so that the system may wait for it.
    fileprivate var followsAtOnce: Bool {
        switch self {
        case .bytes, .file: true
        case .none, .stream: false
        }
    }
}
