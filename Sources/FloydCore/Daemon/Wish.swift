internal import Synchronization

/// Whether work, which is done on another thread than that of who wants it, is still wanted.
final class Wish: Sendable {
    private let isThere = Atomic(true)
    var goesOn: Bool { isThere.load(ordering: .relaxed) }

    func end() {
        isThere.store(false, ordering: .relaxed)
    }
}
