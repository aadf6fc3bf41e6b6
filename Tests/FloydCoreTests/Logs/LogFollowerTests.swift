import FloydAPI
import FloydModel
import FloydRun
import FloydStore
import Foundation
import Testing

@testable import FloydCore

@Suite struct LogFollowerTests {
    private func line(_ text: String, stream: String = "stdout", tag: String = "F") -> String {
        "2026-11-22T12:00:00.000000001Z \(stream) \(tag) \(text)\n"
    }

    private func write(_ text: String, to run: RunDirectory) throws {
        try FileManager.default.createDirectory(atPath: run.path, withIntermediateDirectories: true)
        if !FileManager.default.fileExists(atPath: run.log) {
            try Data().write(to: URL(filePath: run.log))
        }
        let file = try #require(FileHandle(forWritingAtPath: run.log))
        try file.seekToEnd()
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    private func follower(
        _ job: JobRecord,
        from start: LogRequest.Start = .beginning,
        attempt: Int? = nil,
        streams: Set<LogRequest.Stream> = Set(LogRequest.Stream.allCases),
        _ world: World
    ) async throws -> LogFollower {
        let request = LogRequest(Reference(.id(job.id)), attempt: attempt, from: start, streams: streams)
        return try #require(try await world.logs.follow(request, as: world.alice) as? LogFollower)
    }

    private func texts(_ events: [LogStreamEvent]) -> [String] {
        events.flatMap { event -> [String] in
            switch event {
            case .job(let job): ["job \(job.value.state.rawValue)"]
            case .attempt(let attempt, let position): ["attempt \(attempt.number) \(position)"]
            case .log(let records, let position): records.value.map { $0.text ?? "?" } + ["@\(position)"]
            case .end(let job): ["end \(job.value.outcome?.rawValue ?? job.value.state.rawValue)"]
            }
        }
    }

    /// What comes when it is known how the job moved and that its log grew.
    private func next(_ follower: LogFollower, follow: Bool = true) async throws -> [String] {
        follower.feed.service.signals.moved(follower.feed.id)
        return try await texts(follower.next(follow: follow))
    }

    /// All that comes without following.
    private func all(_ follower: LogFollower) async throws -> [String] {
        var all: [String] = []
        while true {
            let more = try await texts(follower.next(follow: false))
            all += more
            if more.isEmpty { return all }
        }
    }

    @Test func beginsWithTheJobAndBringsTheLogAsItGrows() async throws {
        try await World.with { world in
            let job = try await world.running()
            let run = world.run(of: job)
            let follower = try await follower(job, world)
            #expect(try await next(follower) == ["job running"])
            #expect(try await next(follower) == [])
            let first = line("one") + line("two", stream: "stderr")
            try write(first + "2026-11-22T12:00:00.00", to: run)
            #expect(try await next(follower) == ["attempt 1 1-0", "one", "two", "@1-\(first.utf8.count)"])
            #expect(try await next(follower) == [])
            try write("0000002Z stdout F three\n", to: run)
            let all = first + "2026-11-22T12:00:00.000000002Z stdout F three\n"
            #expect(try await next(follower) == ["three", "@1-\(all.utf8.count)"])
        }
    }

    @Test func theEndComesBehindTheLastRecord() async throws {
        try await World.with { world in
            let job = try await world.running()
            let follower = try await follower(job, world)
            _ = try await follower.next(follow: true)
            try write(line("last"), to: world.run(of: job))
            _ = try await world.moved(job, .running, .exitRecord(.success))
            #expect(
                try await next(follower) == ["job finished", "attempt 1 1-0", "last", "@1-\(line("last").utf8.count)"]
            )
            #expect(try await next(follower) == ["end success"])
            #expect(try await next(follower) == [])
        }
    }

    @Test func goesOnFromAnyPositionOfARecord() async throws {
        try await World.with { world in
            let job = try await world.running()
            let log = (1...20).map { line("line \($0)") }
            try write(log.joined(), to: world.run(of: job))
            let size = log.joined().utf8.count
            var offset: Int64 = 0
            for (index, line) in log.enumerated() {
                let position = LogPosition(attempt: 1, offset: offset)
                let events = try await all(follower(job, from: .position(position), world))
                #expect(
                    events == ["job running"] + (index..<20).map { "line \($0 + 1)" } + ["@1-\(size)", "end running"]
                )
                offset += Int64(line.utf8.count)
            }
        }
    }

    @Test(arguments: [3, 30, 34]) func aPositionWithinARecordSkipsTheRestOfIt(offset: Int64) async throws {
        try await World.with { world in
            let job = try await world.running()
            try write(line("one") + line("two"), to: world.run(of: job))
            let position = LogPosition(attempt: 1, offset: offset)
            let events = try await all(follower(job, from: .position(position), world))
            #expect(events.dropFirst().first == "two")
        }
    }

    @Test func aPositionBehindTheEndBringsNothingAndEndsWithTheJob() async throws {
        try await World.with { world in
            let job = try await world.moved(world.running(), .running, .exitRecord(.success))
            try write(line("one"), to: world.run(of: job))
            let position = LogPosition(attempt: 1, offset: 1 << 40)
            let follower = try await follower(job, from: .position(position), world)
            #expect(try await next(follower) == ["job finished", "end success"])
        }
    }

    @Test func aNewAttemptBringsItsOwnLogFromItsBeginning() async throws {
        try await World.with { world in
            let first = try await world.claimed()
            let firstLog = line("first") + line("more")
            try write(firstLog, to: world.run(of: first))
            let follower = try await follower(first, world)
            #expect(
                try await next(follower) == [
                    "job starting", "attempt 1 1-0", "first", "more", "@1-\(firstLog.utf8.count)",
                ]
            )
            let queued = try await world.moved(first, .starting, .neverLaunched)
            #expect(try await next(follower) == ["job queued"])
            let second = try await world.moved(queued, .queued, .claim)
            #expect(try await next(follower) == ["job starting"])
            #expect(try await next(follower) == [])
            try write(line("second"), to: world.run(of: second))
            #expect(
                try await next(follower) == ["attempt 2 2-0", "second", "@2-\(line("second").utf8.count)"]
            )
        }
    }

    /// A job with three finished attempts, the second of which never had a log.
    private func withThreeAttempts(_ world: World) async throws -> JobRecord {
        var job = try await world.submit()
        for number in 1...3 {
            job = try await world.moved(job, .queued, .claim)
            if number != 2 {
                try write(line("a\(number)") + line("b\(number)", stream: "stderr"), to: world.run(of: job))
            }
            if number < 3 { job = try await world.moved(job, .starting, .neverLaunched) }
        }
        job = try await world.moved(job, .starting, .commandStarted)
        return try await world.moved(job, .running, .exitRecord(.success))
    }

    @Test func allAttemptsComeInOrder() async throws {
        try await World.with { world in
            let job = try await withThreeAttempts(world)
            let size = (line("a1") + line("b1", stream: "stderr")).utf8.count
            let follower = try await follower(job, world)
            var events: [String] = []
            for _ in 0..<4 { events += try await next(follower) }
            #expect(
                events == [
                    "job finished", "attempt 1 1-0", "a1", "b1", "@1-\(size)", "attempt 3 3-0", "a3", "b3",
                    "@3-\(size)", "end success",
                ]
            )
        }
    }

    @Test func oneAttemptAloneEndsWithIt() async throws {
        try await World.with { world in
            let job = try await withThreeAttempts(world)
            #expect(
                try await all(follower(job, attempt: 1, world)).filter { !$0.hasPrefix("@") } == [
                    "job finished", "attempt 1 1-0", "a1", "b1", "end success",
                ]
            )
            #expect(try await all(follower(job, attempt: 2, world)) == ["job finished", "end success"])
            await #expect(throws: FloydError.self) { try await follower(job, attempt: 4, world) }
            await #expect(throws: FloydError.self) {
                try await follower(job, from: .position(LogPosition(attempt: 4, offset: 0)), world)
            }
            await #expect(throws: FloydError.self) {
                try await follower(job, from: .position(LogPosition(attempt: 3, offset: 0)), attempt: 1, world)
            }
        }
    }

    @Test func anAttemptThatIsOverEndsItsReaderAlthoughTheJobGoesOn() async throws {
        try await World.with { world in
            let first = try await world.claimed()
            try write(line("first"), to: world.run(of: first))
            let follower = try await follower(first, attempt: 1, world)
            #expect(try await next(follower).last?.hasPrefix("@") == true)
            #expect(try await next(follower) == [])
            _ = try await world.moved(first, .starting, .neverLaunched)
            #expect(try await next(follower) == ["job queued", "end queued"])
        }
    }

    @Test func startsAreFound() async throws {
        try await World.with { world in
            let job = try await withThreeAttempts(world)
            func shown(_ start: LogRequest.Start, attempt: Int? = nil) async throws -> [String] {
                try await all(follower(job, from: start, attempt: attempt, world))
                    .filter { !$0.hasPrefix("@") && !$0.hasPrefix("job") && !$0.hasPrefix("end") }
            }
            let size = line("a1").utf8.count
            #expect(try await shown(.lastLines(1)) == ["attempt 3 3-\(size)", "b3"])
            #expect(try await shown(.lastLines(9)) == ["attempt 3 3-0", "a3", "b3"])
            #expect(try await shown(.lastLines(1), attempt: 1) == ["attempt 1 1-\(size)", "b1"])
            #expect(try await shown(.lastLines(0)).first?.hasPrefix("attempt 3 3-") == true)
            #expect(try await shown(.line(2)) == ["attempt 1 1-\(size)", "b1", "attempt 3 3-0", "a3", "b3"])
            #expect(try await shown(.line(2), attempt: 3) == ["attempt 3 3-\(size)", "b3"])
            #expect(try await shown(.since(.distantPast)).count == 6)
            #expect(try await shown(.since(.distantFuture)).count == 1)
            #expect(try await shown(.position(.beginning)).count == 6)
        }
    }

    @Test func onlyTheStreamsAskedForCome() async throws {
        try await World.with { world in
            let job = try await withThreeAttempts(world)
            let events = try await all(follower(job, streams: [.stderr], world))
            #expect(events.filter { $0.count == 2 } == ["b1", "b3"])
            let tail = try await all(follower(job, from: .lastLines(1), streams: [.stdout], world))
            #expect(tail.filter { $0.count == 2 } == ["a3"])
            #expect(try await all(follower(job, streams: [.system], world)).allSatisfy { $0.count > 2 })
        }
    }

    @Test func aJobStoppedInTheQueueEndsWithoutALog() async throws {
        try await World.with { world in
            let job = try await world.submit()
            let follower = try await follower(job, world)
            #expect(try await next(follower) == ["job queued"])
            _ = try await world.stopper.stop(job, by: world.alice)
            #expect(try await next(follower) == ["job finished", "end shutdown"])
        }
    }

    @Test func withoutFollowingItEndsWithWhatThereIs() async throws {
        try await World.with { world in
            let job = try await world.submit()
            #expect(try await all(follower(job, world)) == ["job queued", "end queued"])
        }
    }

    @Test func aLargeLogComesInPages() async throws {
        try await World.with { world in
            let job = try await world.moved(world.running(), .running, .exitRecord(.success))
            let lines = (0..<12_000).map { line("\($0)") }
            try write(lines.joined(), to: world.run(of: job))
            let follower = try await follower(job, world)
            var seen: [String] = []
            var pages = 0
            while true {
                let events = try await follower.next(follow: true)
                for case .log(let records, _) in events {
                    pages += 1
                    seen += records.value.compactMap(\.text)
                }
                if events.isEmpty || events.contains(where: { if case .end = $0 { true } else { false } }) { break }
            }
            #expect(pages > 1)
            #expect(seen == (0..<12_000).map(String.init))
        }
    }

    @Test func bytesThatAreNoTextAndFloydsOwnWordsAreTold() async throws {
        try await World.with { world in
            let job = try await world.running()
            let run = world.run(of: job)
            try write(line("Building", tag: "F:floyd") + line("half", tag: "P"), to: run)
            let file = try #require(FileHandle(forWritingAtPath: run.log))
            try file.seekToEnd()
            try file.write(contentsOf: Data("2026-11-22T12:00:00.000000001Z stderr F ".utf8) + [0xFF, 0x0D, 0x0A])
            try file.close()
            var records: [LogRecordMessage] = []
            for case .log(let page, _) in try await follower(job, world).next(follow: false) {
                records += page.value
            }
            #expect(records.map(\.stream) == ["system", "stdout", "stderr"])
            #expect(records.map(\.partial) == [false, true, false])
            #expect(records.last?.bytes == Data([0xFF, 0x0D]))
        }
    }

    @Test func anotherPersonsJobIsNotThere() async throws {
        try await World.with { world in
            let job = try await world.running()
            let reference = Reference(.id(job.id))
            #expect(
                try await code { _ = try await world.logs.follow(LogRequest(reference), as: world.bob) } == .jobNotFound
            )
            #expect(
                try await code { _ = try await world.logs.file(of: reference, attempt: nil, as: world.bob) }
                    == .jobNotFound
            )
        }
    }

    @Test func theFileIsThereOnceThereIsALog() async throws {
        try await World.with { world in
            let queued = try await world.submit()
            let reference = Reference(.id(queued.id))
            #expect(try await world.logs.file(of: reference, attempt: nil, as: world.alice) == nil)
            let job = try await world.moved(queued, .queued, .claim)
            #expect(try await world.logs.file(of: reference, attempt: nil, as: world.alice) == nil)
            try write(line("one"), to: world.run(of: job))
            #expect(try await world.logs.file(of: reference, attempt: nil, as: world.alice) == world.run(of: job).log)
            // What a job might put in its place is not followed.
            try FileManager.default.removeItem(atPath: world.run(of: job).log)
            try FileManager.default.createSymbolicLink(
                atPath: world.run(of: job).log,
                withDestinationPath: "/etc/passwd"
            )
            #expect(try await world.logs.file(of: reference, attempt: nil, as: world.alice) == nil)
        }
    }

    @Test func aLogThatWasThereIsGone() async throws {
        try await World.with { world in
            let job = try await world.running()
            let reference = Reference(.id(job.id))
            #expect(try await world.logs.file(of: reference, attempt: nil, as: world.alice) == nil)
            _ = try await world.moved(job, .running, .exitRecord(.success))
            for attempt in [nil, 1] {
                #expect(
                    try await code { _ = try await world.logs.file(of: reference, attempt: attempt, as: world.alice) }
                        == .gone
                )
            }
            try write("", to: world.run(of: job))
            #expect(try await world.logs.file(of: reference, attempt: nil, as: world.alice) == world.run(of: job).log)
        }
    }

    @Test func aSignalReachesTheFollower() async throws {
        try await World.with { world in
            let job = try await world.running()
            let follower = try await follower(job, world)
            let heard = Lock(0)
            let subscription = follower.subscribe { heard.value += 1 }
            world.mover.signals.logGrew(job.id)
            world.mover.signals.logGrew(ObjectID())
            #expect(heard.value == 1)
            withExtendedLifetime(subscription) {}
        }
    }
}
