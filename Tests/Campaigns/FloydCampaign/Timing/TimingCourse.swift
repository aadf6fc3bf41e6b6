import FloydAPI
import FloydClient
import FloydLab
import FloydModel

/// A server with two accounts, of which one asks for what the other has.
struct TimingCourse {
    /// Two kinds of requests that are to take the same time, or not.
    private struct Comparison {
        var name: String
        var status: Set<Int>
        /// Whether a signal is what is to be found.
        var isControl = false
        var first: (Int) -> TransportRequest
        var second: (Int) -> TransportRequest
    }

    private let stage: Stage
    private let bound: Double
    private let server: Server
    private let stranger: ServerAccess
    private let transport: CurlTransport
    private var random: SplitMix64

    init(_ stage: Stage, bound: Double) throws {
        self.stage = stage
        self.bound = bound
        var settings = Server.Settings()
        settings.isolation = stage.options.isolation
        settings.usesSocket = true
        server = try Server(stage.product, in: stage.scratch, settings)
        stranger = try server.admit("stranger").access
        transport = try CurlTransport(to: ServerAddress(parsing: server.url))
        random = SplitMix64(seed: stage.seed, part: .plan)
    }

    mutating func run(_ count: Int, until deadline: Nanoseconds) throws -> [String] {
        var lines: [String] = []
        for comparison in try comparisons() {
            let times = try measure(comparison, count, until: deadline)
            let (z, median) = (times.z, times.median)
            let hasSignal = abs(z) > 5 && abs(median) > bound
            if hasSignal != comparison.isControl {
                stage.findings.add(
                    "\(comparison.name): \(comparison.isControl ? "no " : "")signal, z \(z), median difference \(median) ns"
                )
            }
            let rounded = (z * 100).rounded() / 100
            lines.append(
                "\(comparison.name): \(times.differences.count) pairs, median difference \(Int(median)) ns, z \(rounded)"
            )
        }
        return lines
    }

    private mutating func measure(
        _ comparison: Comparison,
        _ count: Int,
        until deadline: Nanoseconds
    ) throws -> PairedTimes {
        var times = PairedTimes()
        // The first ones find caches cold.
        for number in 0..<(count + count / 20) where Clock.now < deadline {
            try Interruption.check()
            let isSwapped = Bool.random(using: &random)
            let one = try time(isSwapped ? comparison.second(number) : comparison.first(number), comparison)
            let other = try time(isSwapped ? comparison.first(number) : comparison.second(number), comparison)
            guard number >= count / 20 else { continue }
            if isSwapped { times.add(other, one) } else { times.add(one, other) }
        }
        return times
    }

    private func time(_ request: TransportRequest, _ comparison: Comparison) throws -> Nanoseconds {
        let begin = Clock.now
        let head: TransportHead
        do throws(TransportFailure) {
            head = try transport.perform(request) { _, _ in }
        } catch {
            throw LabError("\(comparison.name): \(error)")
        }
        let end = Clock.now
        guard comparison.status.contains(head.status) else {
            throw LabError("\(comparison.name): \(request.path) was answered \(head.status)")
        }
        return end - begin
    }

    // MARK: - What is compared

    private mutating func comparisons() throws -> [Comparison] {
        let client = try server.client()
        let owner = try client.account().name.string
        var names: [(present: String, absent: String)] = []
        for number in 0..<16 {
            let name = "present-\(number)"
            _ = try client.createProject(Name(name))
            _ = try client.createDataset(Name(name))
            names.append(("\(owner)/\(name)", "\(owner)/missing-\(number)"))
        }
        let projects = try names.map { try client.project(Reference(parsing: $0.present)).id }
        let absent = names.map { _ in ObjectID() }
        return tokens() + controls() + things(names) + [
            comparison("a project's id, another's and nobody's", { APIPath.project(Reference(.id(projects[$0 % 16]))) })
            {
                APIPath.project(Reference(.id(absent[$0 % 16])))
            }
        ]
    }

    /// Tokens of one length: at random, and all right but for the last character or the last half.
    private mutating func tokens() -> [Comparison] {
        let right = server.access.token
        func request(_ token: String) -> TransportRequest {
            TransportRequest("GET", APIPath.account, headers: [("Authorization", "Bearer \(token)")])
        }
        let symbols = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        var random = random
        func tail(_ count: Int) -> String {
            String((0..<count).map { _ in symbols.randomElement(using: &random) ?? "0" })
        }
        let prefix = right.prefix { $0 != "_" } + "_"
        let length = right.count - prefix.count
        // As many as there are pairs would be, drawn before anything is timed.
        let wrong = (0..<4_096).map { _ in "\(prefix)\(tail(length))" }
        let more = (0..<4_096).map { _ in "\(prefix)\(tail(length))" }
        let half = (0..<4_096).map { _ in right.prefix(prefix.count + length / 2) + tail(length - length / 2) }
        let last = symbols.filter { $0 != right.last }.map { String(right.dropLast()) + String($0) }
        func token(_ name: String, _ tokens: [String]) -> Comparison {
            Comparison(
                name: name,
                status: [401, 429],
                first: { request(wrong[$0 % wrong.count]) },
                second: { request(tokens[$0 % tokens.count]) }
            )
        }
        return [
            token("tokens at random, twice (nothing is to be found)", more),
            token("a token that is right in its first half", half.map(String.init)),
            token("a token that is right but for its last character", last),
        ]
    }

    private func request(_ path: String) -> TransportRequest {
        TransportRequest("GET", path, headers: [("Authorization", "Bearer \(stranger.token)")])
    }

    private func comparison(
        _ name: String,
        _ first: @escaping (Int) -> String,
        _ second: @escaping (Int) -> String
    ) -> Comparison {
        Comparison(name: name, status: [404], first: { request(first($0)) }, second: { request(second($0)) })
    }

    /// What does take longer: to find something, and to show it.
    private func controls() -> [Comparison] {
        [
            Comparison(
                name: "an account's own project and none (something is to be found)",
                status: [200, 404],
                isControl: true,
                first: { _ in request(APIPath.projects + "/nobody") },
                second: { _ in request(APIPath.projects + "/bench") }
            )
        ]
    }

    private func things(_ names: [(present: String, absent: String)]) -> [Comparison] {
        func path(_ make: @escaping (Reference) -> String, _ name: String) -> String {
            (try? Reference(parsing: name)).map(make) ?? "/"
        }
        let kinds: [(String, (Reference) -> String)] = [
            ("a project", APIPath.project), ("a dataset", APIPath.dataset),
            ("a dataset's version", APIPath.datasetVersion),
            ("a job", APIPath.job), ("a job's log", APIPath.log), ("a job's output", { APIPath.output(of: $0) }),
        ]
        return kinds.map { kind, make in
            comparison("\(kind) by name, another's and nobody's", { path(make, names[$0 % 16].present) }) {
                path(make, names[$0 % 16].absent)
            }
        }
    }
}
