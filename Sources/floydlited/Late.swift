import Synchronization

/// A value that is set once, some time after the start, and read with every request: `AtomicLazyReference` is made for this, but its reading isn't
/// compiled for its type, and took a third of what it takes to parse the request.
///
/// Unchecked Sendable: a pointer is none, but this one is atomic, is set once, and what it leads to never changes.
final class Late<Value: Sendable>: @unchecked Sendable {
    private final class Box: Sendable {
        let value: Value

        init(_ value: Value) {
            self.value = value
        }
    }

    /// The box, retained; once it is there, it stays as long as this does.
    private let box = Atomic<UnsafeRawPointer?>(nil)

    deinit {
        if let box = box.load(ordering: .acquiring) { Unmanaged<Box>.fromOpaque(box).release() }
    }

    /// Whoever comes second changes nothing.
    func set(_ value: Value) {
        let new = Unmanaged.passRetained(Box(value))
        let pointer = UnsafeRawPointer(new.toOpaque())
        if !box.compareExchange(expected: nil, desired: pointer, ordering: .releasing).exchanged { new.release() }
    }

    var value: Value? {
        guard let box = box.load(ordering: .acquiring) else { return nil }
        return Unmanaged<Box>.fromOpaque(box).takeUnretainedValue().value
    }
}
