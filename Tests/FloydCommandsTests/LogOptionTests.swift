import FloydAPI
import FloydClient
import FloydModel
import Foundation
import Testing

@testable import FloydCommands

@Suite struct LogOptionTests {
    /// One event of a stream.
    static func event(_ kind: String, id: String? = nil, _ data: some Encodable) -> String {
        let text = (try? MessageCoding.encode(data)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return "event: \(kind)\n\(id.map { "id: \($0)\n" } ?? "")data: \(text)\n\n"
    }

    static func record(
        _ text: String,
        stream: String = "stdout",
        partial: Bool = false,
        missing: Int64? = nil
    ) -> LogRecordMessage {
        record(Array(text.utf8), stream: stream, partial: partial, missing: missing)
    }

    static func record(
        _ bytes: [UInt8],
        stream: String = "stdout",
        partial: Bool = false,
        missing: Int64? = nil
    ) -> LogRecordMessage {
        LogRecordMessage(
            time: "2026-11-22T05:27:18.497123456Z",
            stream: stream,
            partial: partial,
            bytes: Data(bytes),
            missing: missing
        )
    }

    /// The lines on standard output without their times.
    private func lines(_ world: TestWorld) -> [String] {
        world.output.text.split(separator: "\n").map { $0.components(separatedBy: " INFO - ").last ?? "" }
    }

    private let path = "/api/v1/jobs/classify%2F3/log/stream"

    private func world(
        query: String = "follow=false",
        _ records: [LogRecordMessage],
        end: JobResponse = Sample.job()
    ) throws -> TestWorld {
        let world = try TestWorld()
        let body =
            Self.event("job", Sample.job()) + Self.event("attempt", id: "1-0", Sample.attempt(1))
            + Self.event("log", id: "1-100", records) + Self.event("end", end)
        world.server.on("GET \(path)?\(query)") { _ in (200, [:], Array(body.utf8)) }
        return world
    }

    // MARK: Which part

    @Test(arguments: [
        (["--tail", "10"], "follow=false&tail=10"), (["--tail=0"], "follow=false&tail=0"),
        (["-t", "--tail", "10"], "follow=true&tail=10"), (["--tail", "10", "--tail"], "follow=true&tail=10"),
        (["--attempt", "2"], "follow=false&attempt=2"),
        (["--attempt", "2", "-f", "--tail", "5"], "follow=true&attempt=2&tail=5"),
        (["--stream", "stderr"], "follow=false&stream=stderr"),
        (["--stream", "system", "--stream", "stdout"], "follow=false&stream=stdout%2Csystem"),
        (["--since", "2026-11-22T05:27:18Z"], "follow=false&since=2026-11-22T05%3A27%3A18.000Z"),
        (["--follow"], "follow=true"), (["--tail"], "follow=true"),
    ])
    func optionsReachTheServer(_ words: [String], _ query: String) throws {
        for line in [["logs", "classify/3"] + words, ["logs"] + words.dropLast(0) + ["classify/3"]] {
            let world = try world(query: query, [Self.record("x")], end: Sample.job(.success, exitCode: 0))
            #expect(CommandLineTool.run(line, in: world.context) == 0, "\(line) \(world.errors.text)")
            #expect(lines(world) == ["x"])
        }
    }

    /// In 2017 `--tail` followed; a number behind it is always one of lines.
    @Test(arguments: [
        (["logs", "--tail"], ["logs", "--follow"]), (["logs", "--tail", "x/3"], ["logs", "--follow", "x/3"]),
        (["logs", "--tail", "10"], ["logs", "--tail", "10"]), (["logs", "x", "--tail"], ["logs", "x", "--follow"]),
        (["logs", "--tail", "--raw"], ["logs", "--follow", "--raw"]),
        (["logs", "--tail", "-5"], ["logs", "--follow", "-5"]), (["logs", "--tail=5"], ["logs", "--tail=5"]),
        (["logs", "--tail", "--", "3"], ["logs", "--follow", "--", "3"]),
        (["logs", "--", "--tail"], ["logs", "--", "--tail"]), (["run", "--tail"], ["run", "--tail"]), ([], []),
    ])
    func tailIsSpelledOut(_ words: [String], _ expected: [String]) {
        #expect(LogsCommand.tailSpelledOut(words) == expected)
    }

    @Test func aSpanIsCountedFromTheServersClock() throws {
        let world = try world(query: "follow=false&since=2026-11-22T05%3A17%3A18.000Z", [Self.record("x")])
        world.server.on("GET /healthz") { _ in (200, ["date": "Sun, 22 Nov 2026 05:27:18 GMT"], []) }
        #expect(world.run("logs", "classify/3", "--since", "10m") == 0, "\(world.errors.text)")
        #expect(lines(world) == ["x"])
        #expect(world.server.lines.first == "GET /healthz")
    }

    @Test(arguments: [
        (["--tail", "3", "--since", "10m"], "exclude each other"), (["--raw", "--json"], "exclude each other"),
        (["--attempt", "0"], "count from 1"), (["--attempt", "first"], "first"),
        (["--stream", "stdin"], "no stream stdin"),
        (["--since", "yesterday"], "names no time"), (["--grep", "(a"], "is not a regular expression"),
        (["--tail=-1"], "no number of lines"), (["--tail=some"], "some"), (["-u", "-t"], "--attempt alone"),
        (["-u", "--grep", "x"], "--attempt alone"), (["--since"], "since"),
    ])
    func mistakesAreRefusedAtOnce(_ words: [String], _ message: String) throws {
        let world = try TestWorld()
        #expect(CommandLineTool.run(["logs", "classify/3"] + words, in: world.context) == 64)
        #expect(world.errors.text.contains(message), "\(world.errors.text)")
        #expect(world.server.lines.isEmpty)
    }

    @Test func theAddressMayBeOneAttempts() throws {
        let world = try TestWorld()
        #expect(world.run("logs", "-u", "--attempt", "2", "classify/3") == 0)
        #expect(world.output.text == "http://127.0.0.1:8080/api/v1/jobs/classify%2F3/log?attempt=2\n")
    }

    // MARK: Grep

    private static let talk = [
        record("epoch 1 lo", partial: true), record("warning", stream: "stderr"), record("ss 0.5"),
        record("note", stream: "system"), record("epoch 2 loss 0.4"), record("epo", partial: true),
    ]

    @Test(arguments: [
        ("^epoch .* loss", ["epoch 1 loss 0.5", "epoch 2 loss 0.4"]), ("warning|note", ["warning", "note"]),
        ("^epo$", ["epo"]), ("nothing", []),
    ])
    func grepShowsWholeLinesThatMatch(_ pattern: String, _ expected: [String]) throws {
        let plain = try world(Self.talk)
        #expect(plain.run("logs", "classify/3", "--grep", pattern) == 0)
        #expect(lines(plain) == expected)
        let following = try world(query: "follow=true", Self.talk, end: Sample.job(.failed, exitCode: 3))
        #expect(following.run("logs", "classify/3", "-t", "--grep", pattern) == 3)
        #expect(lines(following) == expected)
    }

    @Test func grepWithRawKeepsTheBytes() throws {
        let records = [
            Self.record([0xff, 0x61], partial: true), Self.record([0xfe, 0x0d]), Self.record("b"),
            Self.record("a", partial: true),
        ]
        let world = try world(records)
        world.run("logs", "classify/3", "--raw", "--grep", "a")
        #expect(world.output.bytes == [0xff, 0x61, 0xfe, 0x0d, 0x0a, 0x61])
    }

    @Test func grepWithJSONKeepsTheRecords() throws {
        let world = try world(Self.talk)
        world.run("logs", "classify/3", "--json", "--grep", "loss")
        let texts = try world.output.text.split(separator: "\n").dropLast().map {
            try MessageCoding.decode(LogRecordMessage.self, from: Data($0.utf8)).text
        }
        #expect(texts == ["epoch 1 lo", "ss 0.5", "epoch 2 loss 0.4"])
    }

    // MARK: Gaps

    private static let gap = record(
        "12.3 GiB of the log are not kept: its limit is reached",
        stream: "system",
        missing: 13_207_024_435
    )

    @Test func aGapIsALineOfItsOwn() throws {
        let records = [Self.record("half", partial: true), Self.gap, Self.record("rest"), Self.record("more")]
        let expected = ["half", "12.3 GiB of the log are not kept: its limit is reached", "rest", "more"]
        for isTerminal in [false, true] {
            let world = try world(records)
            world.isTerminal = isTerminal
            world.run("logs", "classify/3")
            #expect(lines(world) == expected)
        }
    }

    @Test func aGapIsSaidToWhoeverSeeksAndEndsLines() throws {
        let records = [Self.record("need", partial: true), Self.gap, Self.record("le"), Self.record("needle")]
        let world = try world(records)
        world.run("logs", "classify/3", "--grep", "needle")
        #expect(lines(world) == ["12.3 GiB of the log are not kept: its limit is reached", "needle"])
    }

    @Test func rawSaysGapsOnStandardErrorAlone() throws {
        let world = try world([Self.record("a", partial: true), Self.gap, Self.record("b")])
        world.run("logs", "classify/3", "--raw")
        #expect(world.output.text == "ab\n")
        #expect(world.errors.text == "floydlite: 12.3 GiB of the log are not kept: its limit is reached\n")
    }

    @Test func jsonHasTheSizeOfAGap() throws {
        let world = try world([Self.gap])
        world.run("logs", "classify/3", "--json")
        #expect(world.output.text.contains(#""missing":13207024435"#))
    }

    // MARK: Attempts

    /// Two attempts, the second after a break that comes with the first half of a record's event.
    private func twoAttempts(_ end: JobResponse, query: String = "follow=true") throws -> TestWorld {
        let world = try TestWorld()
        var waiting = Sample.job(state: .queued)
        waiting.attempt = 1
        waiting.reason = "attempt 2 begins in 10 s"
        var parts = [
            Self.event("job", Sample.job()) + Self.event("attempt", id: "1-0", Sample.attempt(1))
                + Self.event("log", id: "1-50", [Self.record("one"), Self.record("half", partial: true)])
                + Self.event("job", id: "1-50", waiting)
                + String(Self.event("attempt", id: "2-0", Sample.attempt(2)).prefix(25)),
            Self.event("job", waiting) + Self.event("attempt", id: "2-0", Sample.attempt(2))
                + Self.event("log", id: "2-50", [Self.record("two")]) + Self.event("end", end),
        ]
        for path in [path, "/api/v1/jobs/\(Sample.id)/log/stream"] {
            world.server.on("GET \(path)?\(query)") { request in
                #expect(request.headers["Last-Event-ID"] == (parts.count == 2 ? nil : "1-50"))
                return (200, [:], Array(parts.removeFirst().utf8))
            }
        }
        return world
    }

    @Test func attemptsFollowOneAnother() throws {
        var end = Sample.job(.success, exitCode: 0)
        end.attempt = 2
        let world = try twoAttempts(end)
        #expect(world.run("logs", "-t", "classify/3") == 0)
        #expect(lines(world) == ["one", "half", "two"])
        let notes = world.errors.text.split(separator: "\n").map(String.init)
        #expect(
            notes == [
                "alice/projects/classify/1 is queued: attempt 2 begins in 10 s",
                "floydlite: the connection to http://127.0.0.1:8080 broke: the stream ended too early; trying again",
                "attempt 2 of classify/1 begins", "alice/projects/classify/1 ended: success",
            ],
            "\(notes)"
        )
    }

    @Test func jsonLinesCarryTheAttempt() throws {
        let world = try twoAttempts(Sample.job(.success, exitCode: 0))
        world.run("logs", "-t", "classify/3", "--json")
        let documents = try world.output.text.split(separator: "\n").map {
            try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        #expect(documents.count == 4)
        #expect(documents.prefix(3).map { $0["attempt"] as? Int } == [1, 1, 2])
        #expect(documents.prefix(3).map { $0["text"] as? String } == ["one", "half", "two"])
        #expect(Set(documents[0].keys) == ["attempt", "partial", "stream", "text", "time"])
        #expect(documents[3]["outcome"] as? String == "success")
    }

    @Test func theFirstOfSeveralAttemptsIsIntroducedToo() throws {
        let world = try TestWorld()
        var job = Sample.job(.success, exitCode: 0)
        job.attempt = 2
        let body =
            Self.event("job", job) + Self.event("attempt", id: "1-0", Sample.attempt(1))
            + Self.event("log", id: "1-9", [Self.record("one")])
            + Self.event("attempt", id: "2-0", Sample.attempt(2)) + Self.event("end", job)
        world.server.on("GET \(path)?follow=false") { _ in (200, [:], Array(body.utf8)) }
        #expect(world.run("logs", "classify/3") == 0)
        #expect(world.errors.text == "attempt 1 of classify/1 begins\nattempt 2 of classify/1 begins\n")
    }

    /// The job may go on; the status is that of the attempt that was followed.
    @Test func oneAttemptEndsAsItself() throws {
        let world = try TestWorld()
        var job = Sample.job(state: .queued)
        job.attempt = 1
        job.attempts = [Sample.attempt(1, .failed, exitCode: 9, reason: "exit code 9")]
        let body =
            Self.event("job", Sample.job()) + Self.event("attempt", id: "1-0", Sample.attempt(1))
            + Self.event("log", id: "1-9", [Self.record("one")]) + Self.event("end", job)
        world.server.on("GET \(path)?follow=true&attempt=1") { _ in (200, [:], Array(body.utf8)) }
        #expect(world.run("logs", "-t", "--attempt", "1", "classify/3") == 9)
        #expect(world.errors.text == "attempt 1 of classify/1 ended: failed: exit code 9\n")
    }

    struct Gone: Sendable {
        var arguments: [String]
        var query: String
        var outcome = JobOutcome.success
        /// The attempts of which there is a log.
        var found: [Int] = []
        var status: Int32
        var gone: [Int]
    }

    @Test(arguments: [
        Gone(arguments: [], query: "follow=false", status: 68, gone: [1, 3]),
        Gone(arguments: [], query: "follow=false", found: [1], status: 68, gone: [3]),
        Gone(arguments: [], query: "follow=false", found: [1, 3], status: 0, gone: []),
        Gone(arguments: ["--tail", "5"], query: "follow=false&tail=5", found: [3], status: 0, gone: []),
        Gone(arguments: ["--tail", "5"], query: "follow=false&tail=5", found: [1], status: 68, gone: [3]),
        Gone(arguments: ["--attempt", "1"], query: "follow=false&attempt=1", status: 68, gone: [1]),
        // It never ran.
        Gone(arguments: ["--attempt", "2"], query: "follow=false&attempt=2", status: 0, gone: []),
        // It goes on.
        Gone(arguments: ["--attempt", "4"], query: "follow=false&attempt=4", status: 0, gone: []),
        Gone(arguments: ["-t"], query: "follow=true", found: [3], status: 68, gone: [1]),
        Gone(arguments: ["-t"], query: "follow=true", outcome: .lost, found: [3], status: 125, gone: [1]),
    ])
    func aLogThatIsGoneIsNoEmptyOne(_ gone: Gone) throws {
        let world = try TestWorld()
        var job = Sample.job(gone.outcome, exitCode: 0)
        job.attempt = 4
        job.attempts = (1...4).map { number in
            var attempt = Sample.attempt(number, gone.outcome)
            if number == 2 { attempt.started = nil }
            if number < 4 { attempt.finished = Date(timeIntervalSince1970: 1_795_325_250) }
            return attempt
        }
        var body = Self.event("job", job)
        for number in gone.found { body += Self.event("attempt", id: "\(number)-0", Sample.attempt(number)) }
        body += Self.event("end", job)
        world.server.on("GET \(path)?\(gone.query)") { [body] _ in (200, [:], Array(body.utf8)) }
        #expect(CommandLineTool.run(["logs", "classify/3"] + gone.arguments, in: world.context) == gone.status)
        let told = world.errors.text.split(separator: "\n").filter { $0.hasSuffix("is gone") }
        #expect(told == gone.gone.map { "floydlite: the log of attempt \($0) of classify/1 is gone" })
    }

    // MARK: Bars

    @Test func aBarIsRightOnATerminalAndFoldedElsewhere() throws {
        let records = [Self.record("10%\r", partial: true), Self.record("100%\r", partial: true), Self.record("ok\r")]
        let file = try world(records)
        file.run("logs", "classify/3")
        #expect(lines(file) == ["ok"])
        let terminal = try world(records)
        terminal.isTerminal = true
        terminal.columns = 34
        terminal.run("logs", "classify/3")
        let states = terminal.output.text.components(separatedBy: "\r")
        #expect(states.count == 3)
        // 31 columns of prefix and three more fill the row; four go over it.
        #expect(states[0].hasSuffix(" - 10%"))
        #expect(states[1].hasPrefix("\u{1b}[K") && states[1].hasSuffix(" - 100%\u{1b}[1A"))
        #expect(states[2].hasPrefix("\u{1b}[J") && states[2].hasSuffix(" - ok\n"))
    }
}
