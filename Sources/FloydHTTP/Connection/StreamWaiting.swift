/// Sleeping of a response's stream, on the loop.
extension Exchange {
    /// Sleeps until the signal, the time, or the server's stop, the last two told by false.
    func wait(for signal: HTTPSignal?, milliseconds: UInt64) async throws(HTTPBodyError) -> Bool {
        guard !isOver else { throw .finished }
        guard connection.sleeper == nil else { throw .concurrentUse }
        guard !connection.isBroken else { throw .clientLeft }
        if Task.isCancelled { throw connection.peerEnded ? .clientLeft : .cancelled }
        if loop.isStopping { return try sawStop() }
        if let signal, signal.take() { return true }
        switch await sleep(for: signal, milliseconds: milliseconds) {
        case .signalled:
            _ = signal?.take()
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

    private func sleep(for signal: HTTPSignal?, milliseconds: UInt64) async -> SleepEnd {
        let connection = connection
        let loop = loop
        connection.sleep &+= 1
        let number = connection.sleep
        let waiter = HTTPSignal.Waiter(loop: loop, connection: connection.token, sleep: number)
        let end = await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<SleepEnd, Never>) in
                // Getting here may have suspended, so everything that ends the sleep is looked at again.
                if connection.isBroken {
                    continuation.resume(returning: .clientLeft)
                } else if Task.isCancelled {
                    continuation.resume(returning: .cancelled)
                } else if loop.isStopping {
                    continuation.resume(returning: .stopping)
                } else if let signal, !signal.park(waiter) {
                    continuation.resume(returning: .signalled)
                } else {
                    connection.sleeper = continuation
                    connection.set(.sleep, after: milliseconds, from: LoopClock.roundedUp())
                }
            }
        } onCancel: {
            loop.inbox.post(.cancelSleep(connection.token, sleep: number))
        }
        signal?.leave(number, of: connection.token)
        return end
    }
}
