internal import Synchronization

/// Which attempts are being looked at: each by one at a time, who looks again if there was news meanwhile.
final class ReviewsUnderWay: Sendable {
    /// Whether there was news since the look began.
    private let news = Mutex<[AttemptID: Bool]>([:])

    /// False if somebody else looks at it, who will look again.
    func begin(_ attempt: AttemptID) -> Bool {
        news.withLock { news in
            defer { news[attempt] = news[attempt] != nil }
            return news[attempt] == nil
        }
    }

    /// Whether it must be looked at once more; if not, the look is over.
    ///
    /// - Parameter isOver: whether the attempt is: then no news is of interest.
    func mustLookAgain(_ attempt: AttemptID, isOver: Bool = false) -> Bool {
        news.withLock { news in
            guard news[attempt] == true, !isOver else {
                news[attempt] = nil
                return false
            }
            news[attempt] = false
            return true
        }
    }
}
