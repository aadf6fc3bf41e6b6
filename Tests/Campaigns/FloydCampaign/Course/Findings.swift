import FloydLab
import Synchronization

/// What was found that must not be. Each is told at once: a campaign may be cut off.
final class Findings: Sendable {
    private let texts = Mutex<[String]>([])

    var count: Int { texts.withLock { $0.count } }
    var all: [String] { texts.withLock { $0 } }

    func add(_ text: String) {
        texts.withLock { $0.append(text) }
        Report.say("VIOLATION \(text)")
    }
}
