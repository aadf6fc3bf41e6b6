import FloydAPI
import FloydClient
import FloydModel
import Foundation
import Testing

@testable import FloydCommands

@Suite struct LogCommandTests {
    static func stream(
        _ lines: [(stream: String, text: String)],
        begin: JobResponse = Sample.job(),
        end: JobResponse
    ) -> [UInt8] {
        func event(_ kind: String, _ data: some Encodable) -> String {
            let text = (try? MessageCoding.encode(data)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            return "event: \(kind)\ndata: \(text)\n\n"
        }
        let records = lines.map {
            LogRecordMessage(
                time: "2026-11-22T05:27:18.497123456Z",
                stream: $0.stream,
                partial: false,
                bytes: Data($0.text.utf8)
            )
        }
        return Array((event("job", begin) + event("log", records) + event("end", end)).utf8)
    }

    private func world(
        _ lines: [(stream: String, text: String)],
        end: JobResponse,
        follow: Bool = true
    ) throws -> TestWorld {
        let world = try TestWorld()
        try world.makeProject()
        world.server.on("GET /api/v1/jobs/alice%2Fprojects%2Fclassify/log/stream?follow=\(follow)") { _ in
            (200, [:], Self.stream(lines, end: end))
        }
        return world
    }

    struct End: Sendable {
        var outcome: JobOutcome
        var code: Int?
        var hasStarted = true
        var status: Int32
    }

    @Test(arguments: [
        End(outcome: .success, code: 0, status: 0), End(outcome: .failed, code: 3, status: 3),
        End(outcome: .failed, code: 139, status: 139), End(outcome: .failed, code: 0, status: 1),
        End(outcome: .failed, code: nil, status: 1), End(outcome: .failed, code: nil, hasStarted: false, status: 126),
        End(outcome: .timeout, code: 143, status: 124), End(outcome: .shutdown, code: 143, status: 143),
        End(outcome: .shutdown, code: 0, status: 143), End(outcome: .shutdown, code: 137, status: 137),
        End(outcome: .lost, code: nil, status: 125),
    ])
    func followingEndsAsTheJob(_ end: End) throws {
        for flag in ["-t", "--tail", "-f", "--follow"] {
            var job = Sample.job(end.outcome, exitCode: end.code)
            if !end.hasStarted { job.started = nil }
            let world = try world([("stdout", "x")], end: job)
            #expect(world.run("logs", flag) == end.status)
        }
    }

    @Test func withoutFollowingTheStatusIsTheTools() throws {
        let world = try world([("stdout", "x")], end: Sample.job(.failed, exitCode: 3), follow: false)
        #expect(world.run("logs") == 0)
        #expect(world.output.text.hasSuffix("INFO - x\n"))
    }

    @Test func rawIsTheJobsAlone() throws {
        let lines = [("system", "building"), ("stdout", "a\u{1b}[2J\rb"), ("stderr", "c")]
        let world = try world(lines, end: Sample.job(), follow: false)
        world.run("logs", "--raw")
        #expect(world.output.text == "a\u{1b}[2J\rb\nc\n")
    }

    @Test func jsonIsADocumentALine() throws {
        let world = try world([("stdout", "a"), ("stderr", "b")], end: Sample.job(.success, exitCode: 0))
        #expect(world.run("logs", "-t", "--json") == 0)
        let lines = world.output.text.split(separator: "\n").map { Data($0.utf8) }
        #expect(lines.count == 3)
        #expect(try MessageCoding.decode(LogRecordMessage.self, from: lines[0]).text == "a")
        #expect(try MessageCoding.decode(JobResponse.self, from: lines[2]).outcome == .success)
    }

    @Test func interruptionSaysThatTheJobGoesOn() throws {
        let world = try TestWorld()
        let cancelled = FloydError(.cancelled, "x")
        let job = try MessageCoding.encode(Sample.job())
        world.server.on("GET /api/v1/jobs/classify%2F3/log/stream?follow=true") { _ in
            (200, [:], Array("event: job\ndata: \(String(decoding: job, as: UTF8.self))\n\n".utf8))
        }
        // It breaks, and the interruption comes when the tool asks again, by the id that it knows now.
        world.server.on("GET /api/v1/jobs/\(Sample.job().id)/log/stream?follow=true", fails: cancelled)
        #expect(world.run("logs", "-t", "classify/3") == 130)
        let name = Sample.job().name
        #expect(world.errors.text.contains("The job goes on."))
        #expect(world.errors.text.contains("floydlite logs -t \(name)"))
        #expect(world.errors.text.contains("floydlite stop \(name)"))
    }

    @Test func ofAJobThatNoServerHasSpokenOfNothingIsSaid() throws {
        let world = try TestWorld()
        world.server.on("GET /api/v1/jobs/classify%2F3/log/stream?follow=true", fails: FloydError(.cancelled, "x"))
        #expect(world.run("logs", "-t", "classify/3") == 130)
        #expect(world.errors.text.isEmpty)
    }

    @Test func theEndIsToldAfterTheLastLines() throws {
        let world = try TestWorld()
        let job = "event: job\ndata: \(String(decoding: try MessageCoding.encode(Sample.job()), as: UTF8.self))\n\n"
        world.server.on("GET /api/v1/jobs/classify%2F3/log/stream?follow=true") { _ in (200, [:], Array(job.utf8)) }
        // It breaks, and when it is taken up, the job has ended: the server says so first.
        let end = Sample.job(.success, exitCode: 0)
        world.server.on("GET /api/v1/jobs/\(Sample.job().id)/log/stream?follow=true") { _ in
            (200, [:], Self.stream([("stdout", "one"), ("stdout", "two")], begin: end, end: end))
        }
        let both = MemorySink()
        var context = world.context
        context.console = Console(
            output: .init(sink: both, isTerminal: false, hasColours: false),
            errors: .init(sink: both, isTerminal: false, hasColours: false),
            outputEnded: { _ in }
        )
        #expect(CommandLineTool.run(["logs", "-t", "classify/3"], in: context) == 0)
        #expect(both.text.components(separatedBy: "ended: success").count == 2)
        #expect(both.text.hasSuffix("INFO - two\n\(end.name) ended: success\n"))
    }

    @Test func aBreakIsToldOnce() throws {
        let world = try TestWorld()
        var failures = 3
        let problem = [UInt8](try MessageCoding.encode(Problem(FloydError(.unavailable, "starting"))))
        world.server.on("GET /api/v1/jobs/classify%2F3/log/stream?follow=true") { _ in
            failures -= 1
            if failures >= 0 { return (503, [:], problem) }
            return (200, [:], Self.stream([("stdout", "x")], end: Sample.job(.success, exitCode: 0)))
        }
        #expect(world.run("logs", "-f", "classify/3") == 0)
        #expect(world.errors.text.components(separatedBy: "trying again").count == 2)
    }

    @Test func anUnknownJobIsNamed() throws {
        let world = try TestWorld()
        world.server.on(
            "GET /api/v1/jobs/classify%2F9/log/stream?follow=false",
            fails: FloydError(.jobNotFound, "there is no job classify/9")
        )
        #expect(world.run("logs", "classify/9") == 68)
        #expect(world.errors.text == "floydlite: error: there is no job classify/9\n")
    }

    @Test func theAddressCanBeAsked() throws {
        let world = try TestWorld()
        world.run("logs", "-u", "classify/3")
        #expect(world.output.text == "http://127.0.0.1:8080/api/v1/jobs/classify%2F3/log\n")
        #expect(world.server.lines.isEmpty)
    }
}
