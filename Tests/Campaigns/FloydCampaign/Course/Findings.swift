import FloydLab
import Synchronization

/// What was found that must not be. Each is told at once: a campaign may be cut off.
final class Findings: Sendable {
    private let texts = Mutex<[String]>([])

    var count: Int { texts.withLock { $0.count } }
    var all: [String] { texts.withLock { $0 } }

    func add(_ text: String) {
        let count = texts.withLock { texts in
            texts.append(text)
            return texts.count
        }
        // What is wrong with everything need not be told of each.
        if count <= 50 { Report.say("VIOLATION \(text)") }
    }
}
