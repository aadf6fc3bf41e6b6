import HTTPTypes

/// The way of a connection from request to request; on the loop's thread, between tasks.
extension Connection {
    /// Does what can be done now: reads and begins requests, throws away what nobody read, or waits for the end.
    func advance() {
        loop.assertCurrent()
        while true {
            switch phase {
            case .head:
                guard readHead() else { return }
                // It has been answered already: what else came in one piece waits until others had their turn.
                if phase == .head { return loop.lookAgain(at: token) }
            case .draining:
                guard drain() else { return }
            case .lingering:
                return linger()
            case .request, .closed:
                return
            }
        }
    }

    // MARK: Heads

    /// Reads on until a request has begun. False when there is nothing more to do now.
    private func readHead() -> Bool {
        if !pending.isEmpty {
            let outcome = pending.withUnsafeBytes { parser.parse($0) }
            if let began = take(outcome, buffered: true) { return began }
        }
        receiving: while mayRead || peerEnded {
            switch receive(into: loop.input) {
            case .moved(let count):
                let bytes = UnsafeRawBufferPointer(rebasing: loop.input[..<count])
                if pending.isEmpty {
                    if let began = take(parser.parse(bytes), fresh: bytes) { return began }
                } else {
                    pending.append(bytes)
                    let outcome = pending.withUnsafeBytes { parser.parse($0) }
                    if let began = take(outcome, buffered: true) { return began }
                }
            case .ended, .failed:
                // Whatever was begun will never be complete.
                close()
                return false
            case .wouldBlock:
                break receiving
            }
        }
        return false
    }

    /// Acts on what the parser said of `pending`. Nil when more bytes are needed.
    private func take(_ outcome: HeadParser.Outcome, buffered: Bool) -> Bool? {
        switch outcome {
        case .incomplete:
            return nil
        case .refused(let error):
            refuse(error)
            return true
        case .complete(let head, let consumed):
            pending.removeFirst(consumed)
            begin(head)
            return true
        }
    }

    /// Acts on what the parser said of bytes that were just received and stand in the loop's buffer.
    private func take(_ outcome: HeadParser.Outcome, fresh bytes: UnsafeRawBufferPointer) -> Bool? {
        switch outcome {
        case .incomplete:
            pending.append(bytes)
            if hasServed { set(.phase, after: times.head) }
            return nil
        case .refused(let error):
            refuse(error)
            return true
        case .complete(let head, let consumed):
            if consumed < bytes.count { pending.append(bytes.slice(consumed..<bytes.count)) }
            begin(head)
            return true
        }
    }

    // MARK: Requests

    private func begin(_ head: RequestHead) {
        parser = HeadParser(limits: loop.shared.configuration.limits)
        hasServed = true
        let exchange = Exchange(connection: self, head: head)
        self.exchange = exchange
        phase = .request
        deadlines[.phase] = .max
        loop.liveExchanges += 1
        if peerEnded { set(.leave, after: times.halfClosed) }
        let body = head.framing == .none ? HTTPRequestBody.empty : HTTPRequestBody(exchange)
        let request = HTTPServerRequest(head: head, body: body, peer: peer)
        if isLate {
            var response = loop.shared.handler.refusal(request)
            response.endsConnection = true
            if !exchange.answerAtOnce(response) { finished(exchange) }
            return
        }
        if let response = loop.shared.handler.immediate(request) {
            if !exchange.answerAtOnce(response) { goOn(exchange) { await exchange.answer(response) } }
            return
        }
        let handler = loop.shared.handler.answer
        isBeginning = true
        let task = LoopTask.start(on: loop) {
            let response = await handler(request)
            if exchange.answerAtOnce(response) { return }
            if case .stream = response.body { return exchange.connection.stream(response, of: exchange) }
            await exchange.answer(response)
            exchange.connection.finished(exchange)
        }
        isBeginning = false
        if !exchange.isOver, exchange.task == nil { exchange.task = task }
    }

    /// Goes on with an answer that may last for days in a task of its own: the one that made it keeps the memory of its deepest call until it
    /// ends.
    private func stream(_ response: HTTPServerResponse, of exchange: Exchange) {
        loop.assertCurrent()
        let isCancelled = Task.isCancelled
        exchange.task = nil
        let body = HTTPServerResponse(status: response.status, body: response.body)
        goOn(exchange) { await exchange.answer(body) }
        if isCancelled { exchange.task?.cancel() }
    }

    /// Sends an answer that was held for the end of the turn.
    func sendHeld(_ bytes: UnsafeRawBufferPointer, of exchange: Exchange) {
        // What the socket doesn't take at once, who came late doesn't get.
        if exchange.sendHeld(bytes) || isLate { return finished(exchange) }
        goOn(exchange) { await exchange.sendRest() }
    }

    /// Sends what is left of an answer in a task.
    private func goOn(_ exchange: Exchange, _ send: @escaping @Sendable () async -> Void) {
        let task = LoopTask.start(on: loop) {
            await send()
            exchange.connection.finished(exchange)
        }
        if self.exchange === exchange { exchange.task = task }
    }

    /// The request's task is at its end.
    func finished(_ exchange: Exchange) {
        loop.assertCurrent()
        exchange.isOver = true
        exchange.task = nil
        self.exchange = nil
        loop.liveExchanges -= 1
        loop.shared.observe(.requestFinished(exchange.record))
        deadlines[.leave] = .max
        deadlines[.read] = .max
        deadlines[.write] = .max
        if isBroken {
            close()
        } else if !exchange.keepsConnection || (loop.isStopping && !exchange.isBodyDone) {
            beginLinger()
        } else if !exchange.isBodyDone {
            leftover = exchange
            phase = .draining
            set(.phase, after: times.bodyProgress)
        } else {
            awaitRequest()
        }
        // From a task, the next request is not begun: it would inherit what belongs to this one.
        if !isBeginning, hasMoreToDo { loop.lookAgain(at: token) }
    }

    private var hasMoreToDo: Bool {
        switch phase {
        case .closed: false
        case .head: mayRead || peerEnded || !pending.isEmpty
        case .request, .draining, .lingering: true
        }
    }

    private func awaitRequest() {
        phase = .head
        if loop.isStopping { becomeLate() }
        awaitsSince = loop.clock.milliseconds
        // The idle limit, or what is left of a request that came in the same piece.
        set(.phase, after: pending.isEmpty ? times.idle : times.head)
    }

    // MARK: What was left unread

    /// Throws away the rest of a body that nobody wanted. False when there is nothing more to do now.
    private func drain() -> Bool {
        guard let exchange = leftover else {
            close()
            return false
        }
        let limit = loop.shared.configuration.limits.unreadBody
        while !exchange.isBodyDone {
            switch exchange.takeBody(into: loop.waste) {
            case .success(let count?):
                exchange.received += Int64(count)
                exchange.thrownAway += Int64(count)
                guard exchange.thrownAway <= limit else {
                    leftover = nil
                    beginLinger()
                    return true
                }
            case .success(nil):
                return false
            case .failure:
                // An answer was sent already; there is nothing more to say.
                leftover = nil
                beginLinger()
                return true
            }
        }
        leftover = nil
        awaitRequest()
        return phase == .head
    }

    // MARK: The end

    /// Answers a request that is none, and ends the connection.
    func refuse(_ error: ProtocolError) {
        loop.shared.observe(.protocolError(status: error.status, reason: error.reason, peer: peer))
        pending.removeAll()
        let text = error.reason + "\n"
        loop.output.removeAll()
        ResponseHead.write(
            status: HTTPResponse.Status(code: error.status),
            fields: [.contentType: "text/plain; charset=utf-8"],
            framing: .length(Int64(text.utf8.count)),
            connection: .close,
            date: loop.clock.date,
            into: &loop.output
        )
        loop.output.append(text)
        // What the socket doesn't take at once, a client that is refused doesn't get.
        _ = loop.output.withUnsafeBytes { transmit($0) }
        beginLinger()
    }

    /// Ends our side, and leaves the client time to read the answer: closing with unread bytes would reset the connection
    /// and take the answer away with it (RFC 9112 §9.6).
    func beginLinger() {
        guard phase != .closed else { return }
        phase = .lingering
        pending.removeAll()
        guard !isBroken, endSending() else { return close() }
        set(.phase, after: times.linger)
    }

    private func linger() {
        while mayRead || peerEnded {
            switch receive(into: loop.input) {
            case .moved(let count):
                if usesUpTurn(count) { return loop.lookAgain(at: token) }
            case .ended, .failed:
                return close()
            case .wouldBlock:
                return
            }
        }
    }
}
