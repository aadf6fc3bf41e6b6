import FloydAPI
import FloydClient
import FloydModel
import Testing

@Suite struct DownloadTests {
    private static let tag = "\"" + String(repeating: "a", count: 64) + "\""
    private static let content = Array("0123456789".utf8)

    /// What came, and what was said on the way.
    private struct Course {
        var bytes: [UInt8] = []
        var restarts = 0
        var interruptions = 0
        var error: FloydError?
        var tag: String?
        var ranges: [String?]
        var conditions: [String?]
    }

    private func download(
        _ answers: [ScriptedTransport.Answer],
        _ request: FloydClient.DownloadRequest = .init("/x")
    ) -> Course {
        let transport = ScriptedTransport(answers)
        var course = Course(ranges: [], conditions: [])
        do throws(FloydError) {
            course.tag = try FloydClient.scripted(transport).download(
                request,
                interrupted: { _ in course.interruptions += 1 },
                restarted: { () throws(FloydError) in
                    course.bytes = []
                    course.restarts += 1
                },
                receive: { bytes throws(FloydError) in course.bytes += bytes }
            )
        } catch {
            course.error = error
        }
        course.ranges = transport.exchanges.map { $0.headers["Range"] }
        course.conditions = transport.exchanges.map { $0.headers["If-Range"] }
        return course
    }

    private func whole(_ bytes: [UInt8] = content, tag: String = tag) -> ScriptedTransport.Answer {
        .status(200, ["etag": tag, "content-length": "\(bytes.count)"], bytes)
    }

    /// The part of the content from `start` to `end`.
    private func part(_ start: Int, _ end: Int, tag: String = tag) -> ScriptedTransport.Answer {
        .status(
            206,
            ["etag": tag, "content-range": "bytes \(start)-\(end - 1)/10", "content-length": "\(end - start)"],
            Array(Self.content[start..<end])
        )
    }

    /// An answer that ends before its content does.
    private func cut(_ count: Int, _ fields: [String: String] = [:]) -> ScriptedTransport.Answer {
        .status(
            200,
            ["etag": Self.tag, "content-length": "10"].merging(fields) { $1 },
            Array(Self.content[..<count])
        )
    }

    @Test func atOnce() {
        let course = download([whole()])
        #expect(course.bytes == Self.content && course.error == nil && course.tag == Self.tag)
        #expect(course.ranges == [nil])
    }

    @Test(arguments: 1...9)
    func goesOnAtTheByte(count: Int) {
        let course = download([cut(count), .failure(.broken("reset")), part(count, 10)])
        #expect(course.bytes == Self.content && course.error == nil)
        #expect(course.ranges == [nil, "bytes=\(count)-", "bytes=\(count)-"])
        #expect(course.conditions == [nil, Self.tag, Self.tag])
        #expect(course.interruptions == 2 && course.restarts == 0)
    }

    @Test func whatHasChangedComesAgain() {
        let course = download([cut(4), whole(Array("other".utf8), tag: "\"new\"")])
        #expect(course.bytes == Array("other".utf8) && course.restarts == 1 && course.tag == "\"new\"")
    }

    @Test func whatChangesForEverIsGivenUp() {
        let answers = (0..<100).map { cut(4, ["etag": "\"\($0)\""]) }
        #expect(download(answers).error?.code == .contentMismatch)
    }

    @Test func withoutATagAllComesAgain() {
        let first = ScriptedTransport.Answer.status(200, ["content-length": "10"], Array(Self.content[..<4]))
        let course = download([first, .status(200, ["content-length": "10"], Self.content)])
        #expect(course.bytes == Self.content && course.restarts == 1 && course.ranges == [nil, nil])
    }

    @Test func apart() {
        let request = FloydClient.DownloadRequest("/x", from: 2, to: 7, tag: Self.tag)
        let course = download([part(2, 7)], request)
        #expect(course.bytes == Array("23456".utf8) && course.ranges == ["bytes=2-6"])
        let broken = ScriptedTransport.Answer.status(
            206,
            ["etag": Self.tag, "content-range": "bytes 2-6/10"],
            Array("23".utf8)
        )
        let resumed = download([broken, part(4, 7)], request)
        #expect(resumed.bytes == Array("23456".utf8) && resumed.ranges == ["bytes=2-6", "bytes=4-6"])
    }

    @Test func whatIsNotWantedIsRefused() {
        let request = FloydClient.DownloadRequest("/x", from: 2, to: 7, tag: Self.tag)
        let answers: [ScriptedTransport.Answer] = [
            part(3, 7), part(2, 8), part(2, 6), part(2, 7, tag: "\"other\""), whole(), whole(tag: "\"other\""),
            .status(206, ["etag": Self.tag], [1]),
            .status(206, ["etag": Self.tag, "content-range": "bytes 7-2/10"], [1]),
            .status(206, ["etag": Self.tag, "content-range": "bytes 2-9223372036854775807/10"], [1]),
        ]
        for answer in answers {
            let course = download([answer], request)
            #expect(course.error != nil && course.bytes.isEmpty)
        }
    }

    @Test func nothingIsSomething() {
        let course = download([.status(200, ["etag": Self.tag, "content-length": "0"], [])])
        #expect(course.error == nil && course.bytes.isEmpty && course.tag == Self.tag)
    }

    @Test func refusalsAreTold() {
        #expect(download([.problem(FloydError(.notFound, "no"))]).error?.code == .notFound)
        // Gone in the middle.
        #expect(download([cut(3), .problem(FloydError(.datasetNotFound, "no"))]).error?.code == .datasetNotFound)
    }

    @Test func noConnectionLasts() {
        let course = download((0..<40).map { _ in .failure(.unreachable("refused")) })
        #expect(course.error?.code == .unreachable)
    }

    @Test func aServerThatRestartsIsWaitedFor() {
        let course = download([
            cut(3), .failure(.unreachable("refused")), .problem(FloydError(.unavailable, "not yet")), part(3, 10),
        ])
        #expect(course.bytes == Self.content && course.interruptions == 3)
    }
}
