import FloydLab

/// What a measure works with.
struct Bench {
    let product: Product
    let disk: Scratch
    let tmpfs: Scratch
    let rounds: Int?
    let jobs: Int
    /// Bytes.
    let uploadSize: Int64

    /// How many jobs run at a time, here and in the peer's queue.
    let slots: Int

    func removeFolders() {
        disk.remove()
        tmpfs.remove()
    }
}

/// Something to measure.
protocol Measure: Sendable {
    var name: String { get }
    /// One line that says what is measured.
    var about: String { get }

    /// - Throws: `LabError`, `FloydError`, or what the system says.
    func run(_ bench: Bench) throws -> [Row]
}

enum Measures {
    static let all: [any Measure] = [
        Submit(), Start(), SubmitMany(), Line(), Idle(), JobMemory(), Upload(), Changes(), ManyFiles(), Ping(),
        Restart(),
        Transfers(), Fanout(), DeadFollowers(), SlowClients(), Load(), Floor(),
    ]
}

extension Server {
    /// A server of this run's programs.
    ///
    /// - Parameters:
    ///   - scratch: where its folder is made.
    ///   - slots: how many jobs may run at a time.
    ///   - usesSocket: whether it listens on a Unix socket instead of a port.
    convenience init(
        _ bench: Bench,
        in scratch: Scratch,
        isolation: Isolation = .bubblewrap,
        slots: Int? = nil,
        usesSocket: Bool = false
    ) throws {
        var settings = Settings()
        settings.isolation = isolation
        settings.usesSocket = usesSocket
        settings.slots = slots ?? bench.slots
        try self.init(bench.product, in: scratch, settings)
    }
}
