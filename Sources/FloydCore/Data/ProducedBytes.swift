internal import FloydBlobs
internal import FloydModel
internal import FloydOS
internal import Synchronization

extension BlockingPool {
    /// The bytes that a producer makes, piece by piece as they are asked for, on this pool's threads.
    ///
    /// - Parameter make: makes the producer, on the pool too.
    func produced<Producer: ByteProducer & ~Copyable>(
        _ make: @escaping @Sendable () throws(FloydError) -> Producer
    ) async throws -> ByteSource {
        let producer = try await run { HeldProducer(try make()) }
        return { try await self.run { try producer.next() } }
    }
}

/// A producer that tasks hand on to the threads of a pool, one after another.
private final class HeldProducer<Producer: ByteProducer & ~Copyable>: Sendable {
    private let producer: Mutex<Producer>

    init(_ producer: consuming sending Producer) {
        self.producer = Mutex(producer)
    }

    func next() throws -> [UInt8]? {
        try producer.withLock { producer throws(FloydError) in try producer.next() }
    }
}
