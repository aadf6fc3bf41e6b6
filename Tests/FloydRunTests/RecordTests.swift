import FloydOS
import Testing

@testable import FloydRun

@Suite struct RecordTests {
    private static let process = ProcessIdentity(pid: 4711, startTime: 267_205, bootID: "e2b91803-cdcd")

    @Test func recordsComeBackAsTheyWere() throws {
        var worker = WorkerRecord(process: Self.process)
        #expect(try WorkerRecord(decoding: worker.encoded()) == worker)
        worker.groups = ["/sys/fs/cgroup/memory/a b/c.1", "/sys/fs/cgroup/pids/c.1"]
        #expect(try WorkerRecord(decoding: worker.encoded()) == worker)
        var start = StartRecord(time: WallTime(nanoseconds: 1), pid: 12)
        #expect(try StartRecord(decoding: start.encoded()) == start)
        start = StartRecord(
            time: WallTime(nanoseconds: 1),
            pid: 12,
            firstPID: 11,
            firstStartTime: 3,
            sinceBoot: 1 << 50
        )
        #expect(try StartRecord(decoding: start.encoded()) == start)
        for grace in [nil, 0, 30] {
            let stop = StopRecord(grace: grace)
            #expect(try StopRecord(decoding: stop.encoded()) == stop)
        }
        #expect(throws: FieldError.self) { try StopRecord(decoding: Array(#"{"version":1,"grace":-1}"#.utf8)) }
        var exit = ExitRecord(
            outcome: .timeout,
            termination: .signalled(9),
            reason: "a \"quoted\" \\ \u{1} \n reason – 😀",
            limit: .time,
            started: WallTime(nanoseconds: 1_795_000_000_000_000_001),
            finished: WallTime(nanoseconds: 1_795_000_001_000_000_000),
            duration: 5,
            usage: ExitRecord.Usage(userTime: 1, systemTime: 2, maximumMemory: 3),
            logLength: 77,
            lostOutput: 1
        )
        #expect(try ExitRecord(decoding: exit.encoded()) == exit)
        exit.termination = .exited(code: 3)
        exit.reason = nil
        exit.limit = nil
        exit.started = nil
        exit.usage = nil
        #expect(try ExitRecord(decoding: exit.encoded()) == exit)
        #expect(exit.shellCode == 3)
    }

    @Test(arguments: ["x", "\u{1}", "é", "😀"], [0, 10, 3500, 100_000])
    func reasonIsCutUntilTheRecordFits(character: String, count: Int) throws {
        let record = ExitRecord(
            outcome: .failed,
            termination: .exited(code: 255),
            reason: String(repeating: character, count: count),
            started: WallTime(nanoseconds: 9_000_000_000_000_000_000),
            finished: WallTime(nanoseconds: 9_000_000_000_000_000_000),
            duration: .max,
            usage: ExitRecord.Usage(userTime: .max, systemTime: .max, maximumMemory: .max),
            logLength: .max,
            lostOutput: .max
        )
        let bytes = record.encoded(atMost: 4096)
        #expect(bytes.count <= 4096)
        let decoded = try ExitRecord(decoding: bytes)
        let reason = try #require(decoded.reason)
        #expect(record.reason?.hasPrefix(reason) == true)
        #expect(record.encoded().count <= 4096 ? reason == record.reason : bytes.count > 4080)
    }

    /// What a worker of this protocol's first version wrote; it must be understood for ever.
    @Test func firstVersionIsUnderstood() throws {
        let worker =
            #"{"version": 1, "pid": 4711, "start_time": 267205, "boot_id": "e2b91803-cdcd", "later": [1.5e3, {"a": null}]}"#
        #expect(try WorkerRecord(decoding: Array(worker.utf8)).process == Self.process)
        let exit = """
            {"version":1,"outcome":"failed","exit_code":3,"reason":"the command exited with code 3",
            "started":"2026-11-22T15:17:28.798872653Z","finished":"2026-11-22T15:17:28.819865847Z","duration_ns":19477761,
            "user_time_ns":10462000,"system_time_ns":15210000,"maximum_memory_bytes":6356992,"log_bytes":4158,"lost_output_bytes":0}
            """
        let record = try ExitRecord(decoding: Array(exit.utf8))
        #expect(record.termination == .exited(code: 3))
        #expect(record.logLength == 4158)
    }

    @Test(arguments: [
        "", "{", "[]", "{}", #"{"version":"1"}"#, #"{"version":1,"pid":0,"start_time":1,"boot_id":"x"}"#,
        #"{"version":1,"pid":1,"start_time":-1,"boot_id":"x"}"#, #"{"version":1,"pid":1,"start_time":1}"#,
        #"{"version":1,"pid":1,"start_time":1,"boot_id":"x"}}"#, "\u{0}\u{0}\u{0}",
        #"{"version":1,"pid":1,"pid":2,"start_time":1,"boot_id":"x"}"#,
        #"{"version":1,"pid":1,"start_time":1,"boot_id":"x""#,
    ])
    func halfAndWrongRecordsAreErrors(text: String) {
        #expect(throws: FieldError.self) { try WorkerRecord(decoding: Array(text.utf8)) }
    }

    @Test(arguments: [
        #""a\u00e9\ud83d\ude00\/""#: JSON.string("aé😀/"), "-0": .integer(0), "12": .integer(12), "1.5": .null,
        "[1,[],{}]":
            .array([.integer(1), .array([]), .object([:])]), " true ": .bool(true),
    ])
    func jsonIsParsed(text: String, value: JSON) throws {
        #expect(try JSONParser.parse(Array(text.utf8)) == value)
    }

    @Test(arguments: [
        "01", "-", "1.", "1e", "tru", "\"\\x\"", "\"\\ud800\"", "\"\\u12g4\"", "\"\n\"", "[1,]", "{\"a\" 1}", "{a:1}",
        String(repeating: "[", count: 1000), "\"",
    ])
    func wrongJSONIsAnError(text: String) {
        #expect(throws: FieldError.self) { try JSONParser.parse(Array(text.utf8)) }
    }

    @Test(arguments: [
        0: "1970-01-01T00:00:00.000000000Z", 951_782_400_000_000_007: "2000-02-29T00:00:00.000000007Z",
        1_795_348_800_123_456_789: "2026-11-22T12:00:00.123456789Z", -1: "1969-12-31T23:59:59.999999999Z",
        4_107_542_399_000_000_000: "2100-02-28T23:59:59.000000000Z",
    ])
    func timesAreWrittenAndRead(nanoseconds: Int64, text: String) {
        #expect(WallTime(nanoseconds: nanoseconds).description == text)
        #expect(WallTime(text)?.nanoseconds == nanoseconds)
    }

    @Test(arguments: [
        "2026-02-29T00:00:00.000000000Z", "2026-13-01T00:00:00.000000000Z", "2026-01-01T24:00:00.000000000Z",
        "2026-01-01T00:00:00Z", "2026-01-01 00:00:00.000000000Z", "",
    ])
    func wrongTimesAreRefused(text: String) {
        #expect(WallTime(text) == nil)
    }
}
