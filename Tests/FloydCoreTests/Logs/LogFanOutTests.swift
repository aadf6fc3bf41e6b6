import FloydAPI
import FloydModel
import FloydRun
import FloydStore
import Foundation
import Testing

@testable import FloydCore

/// Many readers of one log that is written in pieces cut anywhere: each gets every line from its start on, once and in order.
@Suite struct LogFanOutTests {
    private static func text(_ number: Int) -> String {
        // Now and then a line of several pieces' length, and lines of the other stream.
        number % 97 == 0 ? "\(number) " + String(repeating: "x", count: 9000) : "\(number) a line"
    }

    private static func record(_ number: Int) -> String {
        "2026-11-22T12:00:00.000000001Z \(number % 3 == 0 ? "stderr" : "stdout") F \(text(number))\n"
    }

    private struct Plan: Sendable {
        var start: LogRequest.Start
        var streams: Set<LogRequest.Stream>
        /// How often it looks again only when it is told so: 1 is the slowest reader.
        var patience: Int

        func expected(_ count: Int, _ offsets: [Int64]) -> [Int] {
            let first: Int =
                switch start {
                case .position(let position): offsets.firstIndex { $0 >= position.offset } ?? count
                case .line(let line): line - 1
                default: 0
                }
            return (first..<count).filter { streams.contains($0 % 3 == 0 ? .stderr : .stdout) }
        }
    }

    @Test(arguments: [1, 2, 3]) func nothingIsLostAndNothingComesTwice(seed: UInt64) async throws {
        var random = SeededGenerator(state: seed)
        let count = 6000
        var offsets: [Int64] = []
        var log: [UInt8] = []
        for number in 0..<count {
            offsets.append(Int64(log.count))
            log += Array(Self.record(number).utf8)
        }
        let plans = (0..<40).map { index -> Plan in
            let streams: [Set<LogRequest.Stream>] = [Set(LogRequest.Stream.allCases), [.stderr], [.stdout, .system]]
            let place = LogPosition(attempt: 1, offset: Int64.random(in: 0..<Int64(log.count), using: &random))
            return Plan(
                start: index % 4 == 0 ? .position(place) : .beginning,
                streams: streams[index % 3],
                patience: Int.random(in: 1...30, using: &random)
            )
        }
        var pieces: [ArraySlice<UInt8>] = []
        var rest = log[...]
        while !rest.isEmpty {
            let size = min(
                rest.count,
                Int.random(in: 1...([20, 300, 4000, 60_000].randomElement(using: &random) ?? 1), using: &random)
            )
            pieces.append(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        try await World.with { [pieces, offsets] world in
            let job = try await world.running()
            let logs = world.logs
            let path = world.run(of: job).log
            try FileManager.default.createDirectory(atPath: world.run(of: job).path, withIntermediateDirectories: true)
            #expect(FileManager.default.createFile(atPath: path, contents: nil))
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for plan in plans {
                    let request = LogRequest(Reference(.id(job.id)), from: plan.start, streams: plan.streams)
                    let follower = try await logs.follow(request, as: world.alice)
                    group.addTask {
                        let seen = try await Self.follow(follower, patience: plan.patience)
                        #expect(seen == plan.expected(count, offsets))
                    }
                }
                for piece in pieces {
                    try handle.write(contentsOf: Data(piece))
                    world.mover.signals.logGrew(job.id)
                    await Task.yield()
                }
                _ = try await world.moved(job, .running, .exitRecord(.success))
                try await group.waitForAll()
            }
        }
    }

    /// The numbers of the lines that a reader gets until the job's end.
    private static func follow(_ follower: any LogFollowing, patience: Int) async throws -> [Int] {
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let subscription = follower.subscribe { continuation.yield() }
        defer { withExtendedLifetime(subscription) {} }
        var seen: [Int] = []
        var iterator = changes.makeAsyncIterator()
        while true {
            let events = try await follower.next(follow: true)
            for event in events {
                switch event {
                case .log(let records, _):
                    for record in records.value {
                        let number = record.text.flatMap { Int($0.prefix { $0 != " " }) } ?? -1
                        #expect(record.text == text(number))
                        seen.append(number)
                    }
                case .end: return seen
                case .job, .attempt: break
                }
            }
            for _ in 0..<patience { await Task.yield() }
            if events.isEmpty { _ = await iterator.next() }
        }
    }
}
