/// Deadlines of many things, each with one at most, in steps of a millisecond: a hierarchical timing wheel.
///
/// Setting and cancelling cost the same however many there are. A deadline that moves to a later time need not be set
/// again: whoever is woken looks at its own deadline and sets the rest.
struct TimerWheel {
    /// What a deadline belongs to; small numbers, since they index a table.
    typealias Node = Int

    private static let slotBits = 8
    private static let slots = 1 << slotBits
    private static let levels = 4
    private static let none = Int32(-1)

    private struct Entry {
        var next = TimerWheel.none
        var previous = TimerWheel.none
        var slot = TimerWheel.none
        var deadline: UInt64 = 0
    }

    /// The time up to which everything due has been handed out.
    private(set) var now: UInt64
    private(set) var count = 0
    private var heads = [Int32](repeating: none, count: slots * levels)
    /// A bit for each slot that holds something.
    private var occupied = [UInt64](repeating: 0, count: slots * levels / 64)
    private var entries: [Entry] = []

    init(now: UInt64) {
        self.now = now
    }

    /// When `node` will be handed out, or nil.
    func deadline(of node: Node) -> UInt64? {
        guard node < entries.count, entries[node].slot != Self.none else { return nil }
        return entries[node].deadline
    }

    /// Sets a deadline in milliseconds; one that has passed is due at the next advance.
    mutating func set(_ node: Node, at deadline: UInt64) {
        while entries.count <= node { entries.append(Entry()) }
        cancel(node)
        entries[node].deadline = deadline
        insert(node)
        count += 1
    }

    mutating func cancel(_ node: Node) {
        guard node < entries.count, entries[node].slot != Self.none else { return }
        unlink(node)
        count -= 1
    }

    /// When `advance` has something to do at the latest, in milliseconds; nil when nothing is set.
    /// It may be earlier than the next deadline, never later.
    var nextEvent: UInt64? {
        guard count > 0 else { return nil }
        var earliest: UInt64?
        for level in 0..<Self.levels {
            let shift = UInt64(level * Self.slotBits)
            let current = now >> shift
            guard let distance = distance(fromSlot: Int(current & UInt64(Self.slots - 1)), level: level) else {
                continue
            }
            // A level above the first is emptied downwards when its slot begins.
            let begins = (current + UInt64(distance)) << shift
            earliest = min(earliest ?? begins, begins)
        }
        return earliest
    }

    /// Moves on to `time` and hands out what is due by then, each once.
    mutating func advance(to time: UInt64, _ due: (Node) -> Void) {
        while now < time {
            guard let next = nextEvent, next <= time else {
                now = time
                return
            }
            now = next
            cascade()
            let slot = Int(now & UInt64(Self.slots - 1))
            while heads[slot] != Self.none {
                let node = Int(heads[slot])
                unlink(node)
                count -= 1
                due(node)
            }
        }
    }

    /// Empties the slots of the higher levels that begin now into lower ones.
    private mutating func cascade() {
        for level in 1..<Self.levels {
            let shift = UInt64(level * Self.slotBits)
            guard now & ((1 << shift) - 1) == 0 else { return }
            let slot = level * Self.slots + Int((now >> shift) & UInt64(Self.slots - 1))
            var node = heads[slot]
            while node != Self.none {
                let following = entries[Int(node)].next
                unlink(Int(node))
                insert(Int(node), includingNow: true)
                node = following
            }
        }
    }

    private mutating func insert(_ node: Node, includingNow: Bool = false) {
        let earliest = includingNow ? now : now + 1
        let horizon =
            now + (1 << UInt64(Self.slotBits * Self.levels)) - (1 << UInt64(Self.slotBits * (Self.levels - 1)))
        let time = min(max(entries[node].deadline, earliest), horizon)
        var level = 0
        while level < Self.levels - 1,
            (time >> UInt64(level * Self.slotBits)) - (now >> UInt64(level * Self.slotBits)) >= Self.slots
        {
            level += 1
        }
        let slot = level * Self.slots + Int((time >> UInt64(level * Self.slotBits)) & UInt64(Self.slots - 1))
        entries[node].slot = Int32(slot)
        entries[node].previous = Self.none
        entries[node].next = heads[slot]
        if heads[slot] != Self.none { entries[Int(heads[slot])].previous = Int32(node) }
        heads[slot] = Int32(node)
        occupied[slot / 64] |= 1 << UInt64(slot % 64)
    }

    private mutating func unlink(_ node: Node) {
        let entry = entries[node]
        let slot = Int(entry.slot)
        if entry.previous == Self.none {
            heads[slot] = entry.next
        } else {
            entries[Int(entry.previous)].next = entry.next
        }
        if entry.next != Self.none { entries[Int(entry.next)].previous = entry.previous }
        if heads[slot] == Self.none { occupied[slot / 64] &= ~(1 << UInt64(slot % 64)) }
        entries[node].slot = Self.none
    }

    /// How many slots after `slot` the next one stands that holds something, or nil.
    private func distance(fromSlot slot: Int, level: Int) -> Int? {
        let words = Self.slots / 64
        var distance = 1
        while distance <= Self.slots {
            let index = (slot + distance) & (Self.slots - 1)
            let word = occupied[level * words + index / 64] >> UInt64(index % 64)
            if word != 0 { return distance + word.trailingZeroBitCount }
            distance += 64 - index % 64
        }
        return nil
    }
}
