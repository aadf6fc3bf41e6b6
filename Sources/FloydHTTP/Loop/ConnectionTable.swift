/// Names a connection of a loop; one that is gone is never taken for the next one in its place.
struct ConnectionToken: Sendable, Hashable {
    var slot: UInt32
    var generation: UInt32

    init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    /// The token as it travels through `epoll_data`.
    init(rawValue: UInt64) {
        slot = UInt32(truncatingIfNeeded: rawValue)
        generation = UInt32(truncatingIfNeeded: rawValue >> 32)
    }

    var rawValue: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}

/// The connections of a loop, found by their tokens.
struct ConnectionTable {
    private struct Place {
        var connection: Connection?
        var generation: UInt32 = 1
    }

    private var places: [Place] = []
    private var free: [UInt32] = []

    var count: Int { places.count - free.count }

    /// Every connection, in no order that means anything.
    var all: [Connection] { places.compactMap(\.connection) }

    subscript(token: ConnectionToken) -> Connection? {
        guard token.slot < places.count, places[Int(token.slot)].generation == token.generation else { return nil }
        return places[Int(token.slot)].connection
    }

    subscript(slot: Int) -> Connection? {
        slot < places.count ? places[slot].connection : nil
    }

    mutating func insert(_ make: (ConnectionToken) -> Connection) -> Connection {
        let slot: UInt32
        if let last = free.popLast() {
            slot = last
        } else {
            slot = UInt32(places.count)
            places.append(Place())
        }
        let connection = make(ConnectionToken(slot: slot, generation: places[Int(slot)].generation))
        places[Int(slot)].connection = connection
        return connection
    }

    mutating func remove(_ token: ConnectionToken) {
        guard self[token] != nil else { return }
        places[Int(token.slot)].connection = nil
        // Generation 0 is the loop's own, for what is no connection.
        places[Int(token.slot)].generation = max(1, token.generation &+ 1)
        free.append(token.slot)
    }
}
