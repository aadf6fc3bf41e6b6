import FloydAPI
import FloydClient
import FloydModel
import Testing

@Suite struct UploadTests {
    private let id = ObjectID()
    private let bytes = (0..<100).map { UInt8($0) }

    private func send(_ transport: ScriptedTransport, _ source: MemorySource? = nil) throws(FloydError) {
        try FloydClient.scripted(transport).send(source ?? MemorySource(bytes), length: 100, to: id)
    }

    private func offset(_ value: Int) -> ScriptedTransport.Answer { .status(204, ["upload-offset": "\(value)"], []) }

    @Test func everythingGoesInOneRequest() throws {
        let transport = ScriptedTransport([offset(100)])
        try send(transport)
        #expect(transport.exchanges.map(\.method) == ["PATCH"])
        #expect(transport.exchanges[0].body == bytes)
        #expect(transport.exchanges[0].headers["Upload-Offset"] == "0")
        #expect(transport.exchanges[0].headers["Tus-Resumable"] == "1.0.0")
        #expect(transport.exchanges[0].headers["Content-Type"] == "application/offset+octet-stream")
    }

    @Test func aBrokenConnectionIsGoneOnFromWhereTheServerIs() throws {
        let transport = ScriptedTransport([.broken, offset(40), offset(100)])
        try send(transport)
        #expect(transport.exchanges.map(\.method) == ["PATCH", "HEAD", "PATCH"])
        #expect(transport.exchanges[2].headers["Upload-Offset"] == "40")
        #expect(transport.exchanges[2].body == Array(bytes[40...]))
    }

    @Test func whatCameTooSlowlyIsGoneOnFromWhereTheServerIs() throws {
        let slow = ScriptedTransport.Answer.status(
            408,
            [:],
            Array(try MessageCoding.encode(Problem(FloydError(.tooSlow, "the content came too slowly"))))
        )
        let transport = ScriptedTransport([slow, offset(40), offset(100)])
        try send(transport)
        #expect(transport.exchanges.map(\.method) == ["PATCH", "HEAD", "PATCH"])
        #expect(transport.exchanges[2].body == Array(bytes[40...]))
    }

    @Test func anAnswerThatGotLostIsNotSentAgain() throws {
        let transport = ScriptedTransport([.broken, offset(100)])
        try send(transport)
        #expect(transport.exchanges.map(\.method) == ["PATCH", "HEAD"])
    }

    @Test func anotherOffsetIsAskedFor() throws {
        let transport = ScriptedTransport([
            .problem(FloydError(.offsetMismatch, "no")), offset(70), offset(100),
        ])
        try send(transport)
        #expect(transport.exchanges.last?.body == Array(bytes[70...]))
    }

    @Test func whatIsStillAtWorkIsWaitedFor() throws {
        let transport = ScriptedTransport([
            .broken, offset(40), .problem(FloydError(.locked, "another request writes")), offset(80), offset(100),
        ])
        try send(transport)
        #expect(transport.exchanges.map(\.method) == ["PATCH", "HEAD", "PATCH", "HEAD", "PATCH"])
        #expect(transport.exchanges.last?.body == Array(bytes[80...]))
    }

    @Test func whoHasTheUploadForLongIsNotWaitedForForEver() {
        let transport = ScriptedTransport { exchange in
            exchange.method == "HEAD" ? offset(40) : .problem(FloydError(.locked, "another request writes"))
        }
        #expect { try send(transport) } throws: { ($0 as? FloydError)?.code == .locked }
        #expect((3...40).contains(transport.exchanges.count))
    }

    @Test func aPartThatWasTakenIsGoneOnFrom() throws {
        let transport = ScriptedTransport([offset(30), offset(100)])
        try send(transport)
        #expect(transport.exchanges[1].body == Array(bytes[30...]))
    }

    @Test func aServerThatStaysAwayIsGivenUp() {
        let transport = ScriptedTransport { _ in .failure(.unreachable("refused")) }
        #expect { try send(transport) } throws: { ($0 as? FloydError)?.code == .unreachable }
        #expect((3...20).contains(transport.exchanges.count))
    }

    @Test func progressIsNotGivenUp() throws {
        var received = 0
        let transport = ScriptedTransport { exchange in
            if exchange.method == "HEAD" { return .status(204, ["upload-offset": "\(received)"], []) }
            received += 5
            return received == 100 ? .status(204, ["upload-offset": "100"], []) : .broken
        }
        try send(transport)
        #expect(received == 100)
    }

    @Test(arguments: ["", "-1", "101", "x", "0"])
    func nonsenseFromTheServerIsAnError(_ value: String) {
        let transport = ScriptedTransport { _ in .status(204, ["upload-offset": value], []) }
        #expect { try send(transport) } throws: { ($0 as? FloydError)?.code == .protocolViolation }
    }

    @Test func whatTheServerRefusesIsNotRepeated() {
        let transport = ScriptedTransport { _ in .problem(FloydError(.outOfSpace, "the disk is full")) }
        #expect { try send(transport) } throws: { ($0 as? FloydError)?.code == .outOfSpace }
        #expect(transport.exchanges.count == 1)
    }

    @Test func missingLinesAreChecked() throws {
        func missing(_ text: String) throws -> [Int] {
            try FloydClient.scripted(ScriptedTransport([.status(200, [:], Array(text.utf8))])).missing(in: id, of: 10)
        }
        #expect(try missing("0\n3\n9\n") == [0, 3, 9])
        #expect(try missing("") == [])
        for text in ["10\n", "-1\n", "3\n3\n", "4\n2\n", "x\n"] {
            #expect(throws: FloydError.self, "\(text)") { try missing(text) }
        }
    }

    @Test(arguments: [10, 70_000]) func manifestsGoWholeWhateverTheirSize(_ count: Int) throws {
        let manifest = [UInt8](repeating: 65, count: count)
        let response = UploadResponse(
            id: id,
            state: .committed,
            length: 0,
            offset: 0,
            missing: 0,
            files: 0,
            size: 0,
            expires: nil
        )
        let transport = ScriptedTransport([.json(response, status: 201)])
        let found = try FloydClient.scripted(transport)
            .createUpload(manifest: MemorySource(manifest), length: Int64(count))
        #expect(found == response)
        #expect(transport.exchanges[0].body == manifest)
        #expect(transport.exchanges[0].headers["Content-Type"] == "application/x-ndjson")
    }
}
