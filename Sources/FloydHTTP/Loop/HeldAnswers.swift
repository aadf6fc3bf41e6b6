/// The whole answers of a turn, one behind the other, which are sent at its end.
///
/// A client that sleeps is woken by the first answer, and takes those that follow at once without being woken again. To wake it costs as
/// much as everything else that the system does to send a small answer.
struct HeldAnswers: ~Copyable {
    private struct Place {
        let exchange: Exchange
        /// Where its bytes end.
        let end: Int
    }

    private var bytes = OutputBuffer()
    private var places: [Place] = []

    /// What may be held: memory, and how many answers the first one waits for.
    private static let mostBytes = 256 * 1024
    private static let most = 256

    var isFull: Bool { places.count >= Self.most || bytes.count >= Self.mostBytes }

    /// Takes in the answer that `write` writes.
    mutating func hold(for exchange: Exchange, _ write: (inout OutputBuffer) -> Void) {
        write(&bytes)
        places.append(Place(exchange: exchange, end: bytes.count))
    }

    /// Gives out every answer, in the order in which they came, and holds none then. Nothing may be held meanwhile.
    mutating func release(_ send: (Exchange, UnsafeRawBufferPointer) -> Void) {
        guard !places.isEmpty else { return }
        bytes.withUnsafeBytes { bytes in
            var start = 0
            for place in places {
                send(place.exchange, bytes.slice(start..<place.end))
                start = place.end
            }
        }
        places.removeAll(keepingCapacity: true)
        bytes.removeAll()
    }
}
