/// Who waits in which channel on a loop.
struct ChannelTable {
    private var waiting: [ObjectIdentifier: [ConnectionToken]] = [:]

    func members(of channel: HTTPChannel) -> [ConnectionToken] {
        waiting[ObjectIdentifier(channel)] ?? []
    }

    mutating func insert(_ token: ConnectionToken, in channel: HTTPChannel) {
        waiting[ObjectIdentifier(channel), default: []].append(token)
    }

    mutating func remove(_ token: ConnectionToken, from channel: HTTPChannel) {
        let key = ObjectIdentifier(channel)
        // The last one is the one that leaves most often: it is woken to lead.
        guard let index = waiting[key]?.lastIndex(of: token) else { return }
        let last = waiting[key]?.popLast()
        if let last, last != token { waiting[key]?[index] = last }
        if waiting[key]?.isEmpty == true { waiting[key] = nil }
    }
}

extension EventLoop {
    /// Writes a piece to those who wait for it here.
    func deliver(_ piece: HTTPChannel.Piece, to channel: HTTPChannel) {
        assertCurrent()
        for token in channels.members(of: channel) { connection(token)?.take(piece) }
    }

    /// Wakes one of those who wait here to lead the others.
    func appointLeader(of channel: HTTPChannel) {
        guard let token = channels.members(of: channel).last, let connection = connection(token) else {
            return channel.lead(nil)
        }
        channel.lead(connection.waiting?.member)
        connection.endSleep(connection.sleep, .signalled)
    }

    func wakeAll(in channel: HTTPChannel) {
        for token in channels.members(of: channel) {
            guard let connection = connection(token) else { continue }
            connection.endSleep(connection.sleep, .signalled)
        }
    }
}
