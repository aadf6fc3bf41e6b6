/// Sleeping of a response's stream, on the loop.
extension Exchange {
    /// What ends a sleep before its time.
    private enum Call {
        case nothing
        case signal(HTTPSignal)
        case channel(ChannelWait, changes: Int)
    }

    /// Sleeps until the signal, the time, or the server's stop, the last two told by false.
    func wait(for signal: HTTPSignal?, milliseconds: UInt64) async throws(HTTPBodyError) -> Bool {
        try await wait(signal.map(Call.signal) ?? .nothing, milliseconds: milliseconds)
    }

    /// The same in a channel, whose pieces are sent meanwhile.
    func wait(
        in member: HTTPChannel.Member,
        at place: Int64,
        since changes: Int,
        milliseconds: UInt64
    ) async throws(HTTPBodyError) -> HTTPChannel.Pause {
        channelPlace = place
        let wait = ChannelWait(member: member, takesChunks: plan?.framing == .chunked)
        let isSignalled = try await self.wait(.channel(wait, changes: changes), milliseconds: milliseconds)
        if !unsent.isEmpty {
            let rest = unsent
            unsent = []
            try await transmitAll(rest)
        }
        return HTTPChannel.Pause(place: channelPlace, isSignalled: isSignalled)
    }

    private func wait(_ call: Call, milliseconds: UInt64) async throws(HTTPBodyError) -> Bool {
        guard !isOver else { throw .finished }
        guard connection.sleeper == nil else { throw .concurrentUse }
        guard !connection.isBroken else { throw .clientLeft }
        if Task.isCancelled { throw connection.peerEnded ? .clientLeft : .cancelled }
        if loop.isStopping { return try sawStop() }
        if case .signal(let signal) = call, signal.take() { return true }
        let end = await sleep(call, milliseconds: milliseconds)
        switch end {
        case .signalled:
            if case .signal(let signal) = call { _ = signal.take() }
            return true
        case .timedOut:
            return false
        case .cancelled:
            throw connection.peerEnded || connection.isBroken ? .clientLeft : .cancelled
        case .clientLeft:
            throw .clientLeft
        case .stopping:
            return try sawStop()
        }
    }

    /// Tells of the stop once; a stream that goes on waiting is ended, or it would turn round and round.
    private func sawStop() throws(HTTPBodyError) -> Bool {
        guard !toldStopping else { throw .stopping }
        toldStopping = true
        return false
    }

    private func sleep(_ call: Call, milliseconds: UInt64) async -> SleepEnd {
        let connection = connection
        let loop = loop
        connection.sleep &+= 1
        let number = connection.sleep
        let end = await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<SleepEnd, Never>) in
                // Getting here may have suspended, so everything that ends the sleep is looked at again.
                if connection.isBroken {
                    continuation.resume(returning: .clientLeft)
                } else if Task.isCancelled {
                    continuation.resume(returning: .cancelled)
                } else if loop.isStopping {
                    continuation.resume(returning: .stopping)
                } else if !park(call, number) {
                    continuation.resume(returning: .signalled)
                } else {
                    connection.sleeper = continuation
                    connection.set(.sleep, after: milliseconds, from: LoopClock.roundedUp())
                }
            }
        } onCancel: {
            loop.inbox.post(.cancelSleep(connection.token, sleep: number))
        }
        if case .signal(let signal) = call { signal.leave(number, of: connection.token) }
        return end
    }

    /// Notes with whoever calls that this sleeps. False if it is called already.
    private func park(_ call: Call, _ number: UInt64) -> Bool {
        switch call {
        case .nothing:
            true
        case .signal(let signal):
            signal.park(HTTPSignal.Waiter(loop: loop, connection: connection.token, sleep: number))
        case .channel(let wait, let changes):
            connection.enterChannel(wait, since: changes)
        }
    }
}
