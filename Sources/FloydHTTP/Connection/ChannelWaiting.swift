/// A stream that sleeps in a channel.
struct ChannelWait {
    let member: HTTPChannel.Member
    /// Whether its answer is sent in chunks, as pieces are.
    let takesChunks: Bool
}

extension Connection {
    /// False if there was a change that the stream hasn't looked for yet.
    func enterChannel(_ wait: ChannelWait, since changes: Int) -> Bool {
        let channel = wait.member.channel
        guard channel.enter(wait.member, on: loop, since: changes) else { return false }
        waiting = wait
        loop.channels.insert(token, in: channel)
        return true
    }

    func leaveChannel() {
        guard let channel = waiting?.member.channel else { return }
        waiting = nil
        loop.channels.remove(token, from: channel)
        channel.leave(loop)
    }

    /// Sends a piece, if the sleeping stream is where it begins, and leaves it asleep if that was all. One that is behind is woken, and
    /// so is one whose client is: it waits for that client itself.
    func take(_ piece: HTTPChannel.Piece) {
        guard let waiting, let exchange, exchange.channelPlace < piece.end else { return }
        guard exchange.channelPlace == piece.start, waiting.takesChunks else { return endSleep(sleep, .signalled) }
        guard !piece.chunk.isEmpty else {
            exchange.channelPlace = piece.end
            return
        }
        switch piece.chunk.withUnsafeBytes({ transmit($0) }) {
        case .moved(let count):
            exchange.channelPlace = piece.end
            exchange.sent += Int64(piece.count)
            exchange.writeAllowance.moved(count)
            if count < piece.chunk.count {
                exchange.unsent = Array(piece.chunk[count...])
                endSleep(sleep, .signalled)
            }
        case .wouldBlock:
            endSleep(sleep, .signalled)
        case .ended, .failed:
            endSleep(sleep, .clientLeft)
        }
    }
}
