import Synchronization

/// A value that is set once, some time after the start, and read often.
final class Late<Value: Sendable>: Sendable {
    private final class Box: Sendable {
        let value: Value

        init(_ value: Value) {
            self.value = value
        }
    }

    private let box = AtomicLazyReference<Box>()

    /// Whoever comes second changes nothing.
    func set(_ value: Value) {
        _ = box.storeIfNil(Box(value))
    }

    var value: Value? { box.load()?.value }
}
