import FloydClient
import FloydLab
import FloydModel
import Glibc

/// Reads what a job leaves over one connection, and looks at each answer.
struct SwapReader {
    enum Kind: String, CaseIterable {
        case file, folder, range, list, tar

        /// Behind the address of the job.
        var path: String {
            switch self {
            case .file, .range: "/output/file"
            case .folder: "/output/folder/file"
            case .list: "/output"
            case .tar: "/output.tar"
            }
        }

        /// Mostly those for which there is a moment between a look and the opening.
        static func draw(_ random: inout SplitMix64) -> Kind {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<35: .file
            case 35..<65: .folder
            case 65..<75: .range
            case 75..<90: .list
            default: .tar
            }
        }
    }

    /// What came of the reads of one kind.
    struct Count {
        var given = 0
        var refused = 0
        var slowest: Nanoseconds = 0

        static func + (one: Count, other: Count) -> Count {
            Count(
                given: one.given + other.given,
                refused: one.refused + other.refused,
                slowest: max(one.slowest, other.slowest)
            )
        }
    }

    private static let limit = Duration.seconds(10)
    private static let range = 1_000..<2_000

    let access: ServerAccess
    /// The address of the job.
    let job: String
    let secret: [UInt8]
    let findings: Findings
    var random: SplitMix64
    private(set) var counts: [Kind: Count] = [:]

    init(_ access: ServerAccess, job: String, secret: String, findings: Findings, random: SplitMix64) {
        self.access = access
        self.job = job
        self.secret = Array(secret.utf8)
        self.findings = findings
        self.random = random
    }

    /// - Throws: where there can be no more answers.
    mutating func read(_ count: Int, until deadline: Nanoseconds) throws {
        let transport = try CurlTransport(to: ServerAddress(parsing: access.url)) { Interruption.isRequested }
        for _ in 0..<count {
            if Clock.now > deadline || Interruption.isRequested { return }
            let kind = Kind.draw(&random)
            var headers = [("Authorization", "Bearer \(access.token)")]
            if kind == .range {
                headers.append(("Range", "bytes=\(Self.range.lowerBound)-\(Self.range.upperBound - 1)"))
            }
            let request = TransportRequest("GET", job + kind.path, headers: headers, timeout: Self.limit)
            var body: [UInt8] = []
            let begin = Clock.now
            do {
                let head = try transport.perform(request) { _, bytes throws(FloydError) in body += bytes }
                judge(kind, head, body, Clock.now - begin)
            } catch {
                if Interruption.isRequested { return }
                findings.add("a \(kind.rawValue) did not come within \((Clock.now - begin).seconds) s: \(error)")
                if findings.count > 20 { throw error }
            }
        }
    }

    private mutating func judge(_ kind: Kind, _ head: TransportHead, _ body: [UInt8], _ time: Nanoseconds) {
        let isGiven = head.isSuccess
        let count = Count(given: isGiven ? 1 : 0, refused: isGiven ? 0 : 1, slowest: time)
        counts[kind] = counts[kind, default: Count()] + count
        if Self.contains(body, secret) || head.fields.values.contains(where: { Self.contains(Array($0.utf8), secret) })
        {
            findings.add("LEAK: a \(kind.rawValue) has the secret: \(head)")
        }
        switch (kind, head.status) {
        case (.file, 200), (.folder, 200):
            if body != SwapJob.content { findings.add("a \(kind.rawValue) of \(body.count) bytes is not what it was") }
        case (.range, 206):
            if body != Array(SwapJob.content[Self.range]) { findings.add("a range is not what it was: \(head)") }
        case (.list, 200), (.tar, 200):
            if !Self.contains(body, Array("plain".utf8)) { findings.add("a \(kind.rawValue) lacks a file: \(head)") }
        case (.file, 404), (.folder, 404), (.range, 404):
            let name = kind == .folder ? "folder/file" : "file"
            if !Self.contains(body, Array(name.utf8)) { findings.add("a refusal doesn't name \(name)") }
        default:
            findings.add(
                "a \(kind.rawValue) was answered with \(head.status): \(String(decoding: body, as: UTF8.self))"
            )
        }
    }

    /// By memchr(3): an archive is looked at every few milliseconds.
    private static func contains(_ body: [UInt8], _ part: [UInt8]) -> Bool {
        body.withUnsafeBytes { body in
            part.withUnsafeBytes { part in
                guard let begin = body.baseAddress, let wanted = part.baseAddress else { return false }
                var start = 0
                while body.count - start >= part.count,
                    let found = memchr(begin + start, Int32(part[0]), body.count - start - part.count + 1)
                {
                    if memcmp(found, wanted, part.count) == 0 { return true }
                    start = begin.distance(to: found) + 1
                }
                return false
            }
        }
    }
}
