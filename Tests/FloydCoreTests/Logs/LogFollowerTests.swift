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

    private func follower(_ job: JobRecord, from offset: Int64 = 0, _ world: World) async throws -> any LogFollowing {
        try await world.logs.follow(Reference(.id(job.id)), from: offset, as: world.alice)
    }

    private func texts(_ events: [LogStreamEvent]) -> [String] {
        events.flatMap { event -> [String] in
            switch event {
            case .job(let job): ["job \(job.state.rawValue)"]
            case .log(let records, let offset): records.map { $0.text ?? "?" } + ["@\(offset)"]
            case .end(let job): ["end \(job.outcome?.rawValue ?? job.state.rawValue)"]
            }
        }
    }

    @Test func beginsWithTheJobAndBringsTheLogAsItGrows() async throws {
        try await World.with { world in
            let job = try await world.running()
            let run = world.run(of: job)
            let follower = try await follower(job, world)
            #expect(try await texts(follower.next(follow: true)) == ["job running"])
            #expect(try await texts(follower.next(follow: true)) == [])
            let first = line("one") + line("two", stream: "stderr")
            try write(first + "2026-11-22T12:00:00.00", to: run)
            #expect(try await texts(follower.next(follow: true)) == ["one", "two", "@\(first.utf8.count)"])
            #expect(try await texts(follower.next(follow: true)) == [])
            try write("0000002Z stdout F three\n", to: run)
            let all = first + "2026-11-22T12:00:00.000000002Z stdout F three\n"
            #expect(try await texts(follower.next(follow: true)) == ["three", "@\(all.utf8.count)"])
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
                try await texts(follower.next(follow: true)) == ["job finished", "last", "@\(line("last").utf8.count)"]
            )
            #expect(try await texts(follower.next(follow: true)) == ["end success"])
            #expect(try await texts(follower.next(follow: true)) == [])
        }
    }

    @Test func goesOnFromAnyOffsetOfARecord() async throws {
        try await World.with { world in
            let job = try await world.running()
            let log = (1...20).map { line("line \($0)") }
            try write(log.joined(), to: world.run(of: job))
            var offset: Int64 = 0
            for (index, line) in log.enumerated() {
                let follower = try await follower(job, from: offset, world)
                let events = try await texts(follower.next(follow: false))
                #expect(events.first == "job running")
                #expect(events.dropFirst().dropLast() == (index..<20).map { "line \($0 + 1)" }[...])
                #expect(try await texts(follower.next(follow: false)) == ["end running"])
                offset += Int64(line.utf8.count)
            }
        }
    }

    @Test(arguments: [3, 30, 34]) func anOffsetWithinARecordSkipsTheRestOfIt(offset: Int64) async throws {
        try await World.with { world in
            let job = try await world.running()
            try write(line("one") + line("two"), to: world.run(of: job))
            let events = try await texts(follower(job, from: offset, world).next(follow: false))
            #expect(events.dropFirst().first == "two")
        }
    }

    @Test func anOffsetBehindTheEndBringsNothingAndEndsWithTheJob() async throws {
        try await World.with { world in
            let job = try await world.moved(world.running(), .running, .exitRecord(.success))
            try write(line("one"), to: world.run(of: job))
            let follower = try await follower(job, from: 1 << 40, world)
            #expect(try await texts(follower.next(follow: true)) == ["job finished", "end success"])
        }
    }

    @Test func aNewAttemptBringsItsOwnLogFromItsBeginning() async throws {
        try await World.with { world in
            let first = try await world.claimed()
            try write(line("first") + line("more"), to: world.run(of: first))
            let follower = try await follower(first, world)
            _ = try await follower.next(follow: true)
            let queued = try await world.moved(first, .starting, .neverLaunched)
            #expect(try await texts(follower.next(follow: true)) == ["job queued"])
            let second = try await world.moved(queued, .queued, .claim)
            try write(line("second"), to: world.run(of: second))
            #expect(
                try await texts(follower.next(follow: true)) == [
                    "job starting", "second", "@\(line("second").utf8.count)",
                ]
            )
        }
    }

    @Test func aJobStoppedInTheQueueEndsWithoutALog() async throws {
        try await World.with { world in
            let job = try await world.submit()
            let follower = try await follower(job, world)
            #expect(try await texts(follower.next(follow: true)) == ["job queued"])
            _ = try await world.stopper.stop(job, by: world.alice)
            #expect(try await texts(follower.next(follow: true)) == ["job finished", "end shutdown"])
        }
    }

    @Test func withoutFollowingItEndsWithWhatThereIs() async throws {
        try await World.with { world in
            let job = try await world.submit()
            #expect(try await texts(follower(job, world).next(follow: false)) == ["job queued", "end queued"])
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
                    seen += records.compactMap(\.text)
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
            for case .log(let page, _) in try await follower(job, world).next(follow: false) { records += page }
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
                try await code { _ = try await world.logs.follow(reference, from: 0, as: world.bob) } == .jobNotFound
            )
            #expect(try await code { _ = try await world.logs.file(of: reference, as: world.bob) } == .jobNotFound)
        }
    }

    @Test func theFileIsThereOnceThereIsALog() async throws {
        try await World.with { world in
            let queued = try await world.submit()
            let reference = Reference(.id(queued.id))
            #expect(try await world.logs.file(of: reference, as: world.alice) == nil)
            let job = try await world.moved(queued, .queued, .claim)
            #expect(try await world.logs.file(of: reference, as: world.alice) == nil)
            try write(line("one"), to: world.run(of: job))
            #expect(try await world.logs.file(of: reference, as: world.alice) == world.run(of: job).log)
            // What a job might put in its place is not followed.
            try FileManager.default.removeItem(atPath: world.run(of: job).log)
            try FileManager.default.createSymbolicLink(
                atPath: world.run(of: job).log,
                withDestinationPath: "/etc/passwd"
            )
            #expect(try await world.logs.file(of: reference, as: world.alice) == nil)
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
