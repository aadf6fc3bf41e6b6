internal import Synchronization

/// Whether a collection, which runs on another thread than who wants it, is still wanted.
final class CollectionWish: Sendable {
    private let isThere = Atomic(true)
    var goesOn: Bool { isThere.load(ordering: .relaxed) }

    func end() {
        isThere.store(false, ordering: .relaxed)
    }
}
