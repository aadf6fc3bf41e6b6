import Glibc

/// What a call on a socket that never blocks came to.
enum SocketResult {
    case moved(Int)
    /// The client has ended its sending.
    case ended
    case wouldBlock
    case failed
}

extension Connection {
    /// Receives what is there, and keeps `mayRead` true to the facts.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> SocketResult {
        loop.assertCurrent()
        guard !isBroken else { return .failed }
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 {
                // On TCP a short read has emptied the socket, unless the end was reported: that read is still to come.
                if count < buffer.count, isTCP, !peerEnded { mayRead = false }
                return .moved(count)
            }
            if count == 0 {
                peerEnded = true
                return .ended
            }
            switch errno {
            case EINTR:
                continue
            case EAGAIN:
                mayRead = false
                return .wouldBlock
            default:
                isBroken = true
                return .failed
            }
        }
    }

    /// Sends what the socket takes now. `more` tells the system that the rest of a message follows at once.
    func transmit(_ bytes: UnsafeRawBufferPointer, more: Bool = false) -> SocketResult {
        loop.assertCurrent()
        guard !isBroken else { return .failed }
        let flags = Int32(MSG_NOSIGNAL) | (more ? Int32(MSG_MORE) : 0)
        while true {
            let count = send(descriptor, bytes.baseAddress, bytes.count, flags)
            if count >= 0 { return .moved(count) }
            if errno == EINTR { continue }
            return sendFailed(errno)
        }
    }

    /// Sends a part of a file. `ended` when the file is shorter than it was.
    func transmit(file: Int32, offset: inout off_t, count: Int) -> SocketResult {
        loop.assertCurrent()
        guard !isBroken else { return .failed }
        while true {
            let sent = sendfile(descriptor, file, &offset, count)
            if sent > 0 { return .moved(sent) }
            if sent == 0 { return .ended }
            if errno == EINTR { continue }
            return sendFailed(errno)
        }
    }

    private func sendFailed(_ code: Int32) -> SocketResult {
        if code == EAGAIN {
            mayWrite = false
            return .wouldBlock
        }
        isBroken = true
        return .failed
    }
}
