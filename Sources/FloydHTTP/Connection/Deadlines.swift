/// The points in time by which a connection has to have got on, in milliseconds of its loop's clock.
struct Deadlines {
    enum Kind: Int, CaseIterable {
        /// The current phase between requests: head, idle, drain, linger.
        case phase
        case read
        case write
        /// The end of a stream's sleep.
        case sleep
        /// The cancellation of a handler whose client ended its sending.
        case leave
    }

    private var times = (UInt64.max, UInt64.max, UInt64.max, UInt64.max, UInt64.max)

    subscript(kind: Kind) -> UInt64 {
        get {
            switch kind {
            case .phase: times.0
            case .read: times.1
            case .write: times.2
            case .sleep: times.3
            case .leave: times.4
            }
        }
        set {
            switch kind {
            case .phase: times.0 = newValue
            case .read: times.1 = newValue
            case .write: times.2 = newValue
            case .sleep: times.3 = newValue
            case .leave: times.4 = newValue
            }
        }
    }

    var earliest: UInt64 {
        min(times.0, times.1, times.2, min(times.3, times.4))
    }

    /// Takes out a deadline if it has passed.
    mutating func take(_ kind: Kind, now: UInt64) -> Bool {
        guard self[kind] <= now else { return false }
        self[kind] = .max
        return true
    }
}

/// How long a client may still keep the server waiting, in one direction. Only waiting uses it up, and only kilobytes
/// renew it: a client that moves one byte now and then doesn't hold a connection for ever.
struct ProgressAllowance {
    private let full: UInt64
    private(set) var left: UInt64
    private var bytes = 0

    /// What has to move within the time.
    static let bytesForRenewal = 4096

    init(full: UInt64) {
        self.full = full
        left = full
    }

    mutating func moved(_ count: Int) {
        bytes += count
        if bytes >= Self.bytesForRenewal {
            bytes = 0
            left = full
        }
    }

    mutating func waited(_ time: UInt64) {
        left = left > time ? left - time : 0
    }
}
