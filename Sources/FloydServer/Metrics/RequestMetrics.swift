import FloydCore
import FloydHTTP
import Synchronization

/// Counts what HTTP servers do. The labels are bounded: whatever no route fits is one, whatever method isn't known too.
final class RequestMetrics: Sendable {
    /// One method of one route, with one status.
    struct Key: Sendable, Hashable {
        /// Among the routes; nil: none fits.
        var route: Int?
        /// Among `methods`; one beyond: another.
        var method: Int
        /// Among `statuses`.
        var status: Int
    }

    /// What was counted.
    struct Figures: Sendable {
        var durations: [(key: Key, histogram: Histogram)] = []
        var refused: [Int: Int] = [:]
        var failedAccepts = 0
    }

    private struct State {
        /// Where each key's histogram is, by a number made of the key; 0: nowhere yet, else one more than the index.
        var places: [UInt16] = []
        /// Of the routes, in their order.
        var templates: [String] = []
        var figures = Figures()
        var connections: [(listener: String, count: @Sendable () -> Int)] = []
        var droppedLines: @Sendable () -> Int = { 0 }
    }

    static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    /// What is ever answered; any other status counts as the last.
    static let statuses = [
        200, 201, 202, 204, 206, 302, 303, 304, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 414, 415,
        416,
        417, 422, 423, 425, 426, 428, 429, 431, 460, 501, 502, 503, 504, 505, 507, 500,
    ]
    /// The index in `statuses` of each status from 0 to 599.
    private static let statusIndexes: [UInt8] = (0..<600).map { status in
        UInt8(statuses.firstIndex(of: status) ?? statuses.count - 1)
    }

    private let state = Mutex(State())
    private let underWay = Atomic(0)
    /// Streams that follow a log.
    let followers = Counter()
    /// Bytes of contents and archives.
    let uploaded = Counter()

    /// Says what routes there are, before anything is counted.
    ///
    /// - Parameter templates: in the routes' order; those that differ in their method alone have the same.
    func setTemplates(_ templates: [String]) {
        let keys = (templates.count + 1) * (Self.methods.count + 1) * Self.statuses.count
        state.withLock { state in
            state.templates = templates
            state.places = Array(repeating: 0, count: keys)
        }
    }

    func template(of route: Int?) -> String? {
        route.flatMap { route in state.withLock { $0.templates.indices.contains(route) ? $0.templates[route] : nil } }
    }

    var inFlight: Int { underWay.load(ordering: .relaxed) }
    var figures: Figures { state.withLock { $0.figures } }
    var droppedLines: Int { state.withLock { $0.droppedLines }() }

    var connections: [(listener: String, count: Int)] {
        state.withLock { $0.connections }.map { ($0.listener, $0.count()) }
    }

    func watch(_ listener: String, _ count: @escaping @Sendable () -> Int) {
        state.withLock { $0.connections.append((listener, count)) }
    }

    func setDroppedLines(_ count: @escaping @Sendable () -> Int) {
        state.withLock { $0.droppedLines = count }
    }

    // MARK: On the loops

    func began() {
        underWay.add(1, ordering: .relaxed)
    }

    func finished(_ record: HTTPRequestRecord, _ route: Int?) {
        underWay.subtract(1, ordering: .relaxed)
        let (seconds, attoseconds) = record.duration.components
        let duration = Double(seconds) + Double(attoseconds) * 1e-18
        let status = Int(Self.statusIndexes[min(max(record.status, 0), 599)])
        let key = Key(route: route, method: Self.number(of: record.method), status: status)
        state.withLock { state in
            let number = Self.number(of: key, among: state.templates.count)
            guard state.places.indices.contains(number) else { return }
            var place = Int(state.places[number])
            if place == 0 {
                state.figures.durations.append((key, Histogram(bounds: Histogram.requestSeconds)))
                place = state.figures.durations.count
                state.places[number] = UInt16(place)
            }
            state.figures.durations[place - 1].histogram.record(duration)
        }
    }

    func refused(_ status: Int) {
        state.withLock { $0.figures.refused[status, default: 0] += 1 }
    }

    func acceptFailed() {
        state.withLock { $0.figures.failedAccepts += 1 }
    }

    private static func number(of method: String) -> Int {
        methods.firstIndex(of: method) ?? methods.count
    }

    private static func number(of key: Key, among routes: Int) -> Int {
        ((key.route ?? routes) * (methods.count + 1) + key.method) * statuses.count + key.status
    }
}

/// A number that many threads change.
final class Counter: Sendable {
    private let number = Atomic(0)

    var value: Int { number.load(ordering: .relaxed) }

    func add(_ amount: Int) {
        number.add(amount, ordering: .relaxed)
    }
}
