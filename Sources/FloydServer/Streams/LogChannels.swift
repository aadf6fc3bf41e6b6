import FloydCore
import FloydHTTP
import Synchronization

/// What all streams of one log have in common: the channel through which one of them sends for all. It lives for as long as one does.
final class LogChannel: Sendable {
    let log: LogPlace.Log
    let channel: HTTPChannel
    private let subscription: any Sendable

    init(_ reader: any LogFollowing) {
        let channel = HTTPChannel()
        log = reader.place.log
        self.channel = channel
        subscription = reader.subscribe { channel.signal() }
    }
}

/// The channels of the logs that are followed.
final class LogChannels: Sendable {
    private struct Weak {
        weak var channel: LogChannel?
    }

    private let channels = Mutex<[LogPlace.Log: Weak]>([:])

    /// The one of the log that `reader` reads now.
    func channel(of reader: any LogFollowing) -> LogChannel {
        let log = reader.place.log
        return channels.withLock { channels in
            if let channel = channels[log]?.channel { return channel }
            if channels.count >= 256 { channels = channels.filter { $0.value.channel != nil } }
            let channel = LogChannel(reader)
            channels[log] = Weak(channel: channel)
            return channel
        }
    }
}
