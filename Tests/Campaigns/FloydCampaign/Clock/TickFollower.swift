import FloydAPI
import FloydLab
import FloydModel
import FloydOS
import Synchronization

/// Follows a log from its beginning, on a thread of its own.
final class TickFollower: Sendable {
    private let lines = Mutex<[String]>([])
    private let isOver = Atomic(false)
    private let ended = Semaphore()

    init(_ access: ServerAccess, of job: ObjectID) throws {
        Thread.start(name: "follower") { [self] in
            defer { ended.post() }
            do {
                let stream = try LogStream(access, of: job) { self.isOver.load(ordering: .relaxed) }
                while !isOver.load(ordering: .relaxed) {
                    let end = try stream.read(following: true) { record in
                        guard record.stream == "stdout" else { return }
                        lines.withLock { $0.append(String(decoding: record.bytes, as: UTF8.self)) }
                    }
                    if end != nil { return }
                    Clock.sleep(milliseconds: 20)
                }
            } catch {
                lines.withLock { $0.append("\(error)") }
            }
        }
    }

    /// What came within the next seconds at the latest.
    func end() -> [String] {
        Thread.start(name: "patience") { [self] in
            Clock.sleep(milliseconds: 3000)
            isOver.store(true, ordering: .relaxed)
        }
        ended.wait()
        return lines.withLock { $0 }
    }
}
