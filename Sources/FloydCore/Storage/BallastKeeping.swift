internal import FloydModel
internal import FloydOS
internal import FloydStore
internal import Logging
internal import ServiceLifecycle

/// Keeps the database's ballast: takes its room at start, lends some where a full disk keeps jobs from ending, and takes it again when the disk
/// has ample. Says so.
struct BallastKeeping: Service {
    /// Also how long what was given back stays away at least: room that comes and goes would be taken from under the write that needs it.
    private static let timeBetweenLooks = Duration.seconds(5)

    private let ballast: Ballast
    private let pool: BlockingPool
    private let logger: Logger

    init(_ store: Store, reserve: Int64, pool: BlockingPool, logger: Logger) {
        ballast = store.ballast
        self.pool = pool
        self.logger = logger
        ballast.keep(size: BallastPlan.size(reserve: reserve))
    }

    /// What the log is to say after a look.
    enum News: Sendable, Hashable {
        case gone, back
        case failed(SystemError)
    }

    /// What is worth a line: each change once.
    static func news(of outcome: Ballast.Outcome, wasGone: Bool) -> News? {
        switch outcome {
        case .there, .made: wasGone ? .back : nil
        case .tooLittleRoom: wasGone ? nil : .gone
        case .failed(let error): .failed(error)
        }
    }

    /// Takes the room, if there is enough, before anybody asks for some.
    ///
    /// - Returns: whether it is gone.
    @discardableResult
    func begin() async throws -> Bool {
        let outcome = try await pool.run { [ballast] in ballast.refill() }
        tell(Self.news(of: outcome, wasGone: false))
        return ballast.isGone
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // What `begin` found was told.
            var wasGone = ballast.isGone
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.timeBetweenLooks)
                if Task.isCancelled { return }
                if wasGone {
                    guard let outcome = try? await pool.run({ [ballast] in ballast.refill() }) else { continue }
                    tell(Self.news(of: outcome, wasGone: true))
                    wasGone = ballast.isGone
                } else if let isLent = try? await pool.run({ [ballast] in ballast.lendIfFull() }),
                    isLent || ballast.isGone
                {
                    tell(.gone)
                    wasGone = true
                }
            }
        }
    }

    private func tell(_ news: News?) {
        switch news {
        case .gone:
            logger.warning(
                """
                The disk is full: the database lives on the last room that was kept for it. Free some space on the disk that holds the data \
                folder (stop jobs that fill it, delete data, `floydlited data gc`); until then no job and no upload is taken
                """
            )
        case .back:
            logger.notice("The disk has room again: jobs and uploads are taken")
        case .failed(let error):
            logger.warning("No room can be kept for the database on a full disk", metadata: ["error": "\(error)"])
        case nil:
            break
        }
    }
}
