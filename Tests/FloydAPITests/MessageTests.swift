import FloydAPI
import FloydModel
import FoundationEssentials
import Testing

@Suite struct MessageTests {
    static let id = ObjectID("eo4LZmQVs9JMwW6xB8hta5") ?? ObjectID()

    static func job(outcome: JobOutcome? = nil) -> JobResponse {
        JobResponse(
            id: id,
            name: "alice/projects/x/3",
            state: outcome == nil ? .running : .finished,
            outcome: outcome,
            exitCode: nil,
            signal: nil,
            reason: nil,
            created: Date(timeIntervalSince1970: 1_795_325_238.497),
            started: nil,
            finished: nil,
            command: "python train.py",
            environment: "keras",
            instanceType: "gpu",
            message: nil,
            attempt: 1,
            gpus: [0],
            data: [.init(source: "alice/datasets/y/1", id: id, path: "/input")],
            maxRuntime: 60,
            isolation: "bubblewrap"
        )
    }

    private func roundTrip<Message: Codable & Equatable>(_ message: Message) throws {
        #expect(try MessageCoding.decode(Message.self, from: try MessageCoding.encode(message)) == message)
    }

    @Test func messagesSurviveARoundTrip() throws {
        let date = Date(timeIntervalSince1970: 1_795_325_238)
        let name = try Name("alice")
        try roundTrip(Self.job())
        try roundTrip(Self.job(outcome: .lost))
        try roundTrip(
            SubmitJobRequest(
                project: name,
                code: Self.id,
                command: "ls",
                environment: "keras",
                instanceType: "gpu",
                data: [.init(source: "modelnet"), .init(source: "x/output", mount: "m")],
                message: "ü",
                maxRuntime: 5
            )
        )
        try roundTrip(ResourceResponse(id: Self.id, name: "alice/datasets/y", owner: name, created: date))
        try roundTrip(
            DatasetVersionResponse(
                id: Self.id,
                name: "alice/datasets/y/1",
                created: date,
                number: 1,
                size: 1 << 40,
                files: 2,
                message: nil
            )
        )
        try roundTrip(
            UploadResponse(
                id: Self.id,
                state: .receiving,
                length: 3,
                offset: 1,
                missing: 1,
                files: 1,
                size: 3,
                expires: date
            )
        )
        try roundTrip(
            OutputResponse(
                id: Self.id,
                name: "alice/projects/x/3",
                state: .finished,
                files: [.init(path: "a/b", type: "file", size: 1, modified: date)],
                skipped: [.init(path: "dev", reason: "a device")]
            )
        )
        try roundTrip(ListResponse(items: [Self.job()], next: "abc"))
        try roundTrip(AccountResponse(id: Self.id, name: name, role: "admin"))
        try roundTrip(
            EnvironmentResponse(name: "keras", python: "3.11", packages: ["numpy"], state: "ready", isDefault: true)
        )
    }

    @Test func keysAreThoseOfTheInterface() throws {
        let document = try String(decoding: MessageCoding.encode(Self.job()), as: UTF8.self)
        for key in ["exit_code", "instance_type", "max_runtime", "created", "outcome", "finished", "reason", "message"]
        {
            #expect(document.contains("\"\(key)\":"), "\(key)")
        }
        #expect(document.contains("\"exit_code\":null"))
        #expect(document.contains("\"created\":\"2026-11-22T05:27:18.497Z\""))
    }

    @Test func datesMayLackAFraction() throws {
        let whole = try MessageCoding.decode([Date].self, from: Data(#"["2026-11-22T05:27:18Z"]"#.utf8))
        #expect(whole == [Date(timeIntervalSince1970: 1_795_325_238)])
    }

    @Test(arguments: ["", "yesterday", "2026-11-22", "2026-13-22T05:27:18Z"])
    func whatIsNoDateIsRefused(_ text: String) {
        #expect(throws: DecodingError.self) {
            try MessageCoding.decode([Date].self, from: Data("[\"\(text)\"]".utf8))
        }
    }

    @Test func unknownKeysAreIgnored() throws {
        let text = #"{"items":[],"next":null,"total":5}"#
        #expect(try MessageCoding.decode(ListResponse<JobResponse>.self, from: Data(text.utf8)).items.isEmpty)
    }

    @Test func anIDThatIsNoneIsRefused() {
        #expect(throws: DecodingError.self) {
            try MessageCoding.decode([ObjectID].self, from: Data(#"["../../etc"]"#.utf8))
        }
    }
}

@Suite struct ProblemTests {
    @Test func errorsSurviveTheWire() throws {
        let error = FloydError(
            .datasetNotFound,
            "there is no dataset modelnett",
            hint: "Did you mean modelnet?",
            fields: [.init(name: "data[0].source", message: "names nothing")]
        )
        let problem = try MessageCoding.decode(Problem.self, from: try MessageCoding.encode(Problem(error)))
        #expect(problem.error == error)
        #expect(problem.status == 404)
    }

    @Test func codesOfANewerServerStayAsTheyAre() throws {
        let text = """
            {"type":"about:blank","title":"Teapot","status":418,"detail":"no coffee","code":"teapot","hint":"Try tea."}
            """
        let error = try MessageCoding.decode(Problem.self, from: Data(text.utf8)).error
        #expect(error.code == FloydError.Code(rawValue: "teapot"))
        #expect(error.message == "no coffee")
        #expect(error.code.status == 500)
    }
}

@Suite struct LogRecordTests {
    @Test func textTravelsAsText() throws {
        let record = LogRecordMessage(time: "t", stream: "stdout", partial: false, bytes: Data("grün\r".utf8))
        #expect(record.text == "grün\r")
        #expect(record.base64 == nil)
        #expect(record.bytes == Data("grün\r".utf8))
    }

    @Test func otherBytesTravelExactly() throws {
        let bytes = Data([0xff, 0x00, 0x80, 0x0d])
        let record = LogRecordMessage(time: "t", stream: "stderr", partial: true, bytes: bytes)
        #expect(record.text == nil)
        let copy = try MessageCoding.decode(LogRecordMessage.self, from: try MessageCoding.encode(record))
        #expect(copy.bytes == bytes)
    }
}

@Suite struct APIPathTests {
    @Test func aReferenceIsOneSegment() throws {
        #expect(APIPath.job(try Reference(parsing: "alice/projects/x/3")) == "/api/v1/jobs/alice%2Fprojects%2Fx%2F3")
        #expect(APIPath.logStream(of: Reference(.number(3))) == "/api/v1/jobs/3/log/stream")
    }

    @Test func filesKeepTheirSlashesAndNothingElse() {
        let path = APIPath.outputFile("a b/ü?#%.txt", of: Reference(.number(1)))
        #expect(path == "/api/v1/jobs/1/output/a%20b/%C3%BC%3F%23%25.txt")
    }
}
