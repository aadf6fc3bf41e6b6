import FloydModel
import Foundation
import Logging
import Synchronization
import Testing

@testable import FloydCore

@Suite("A log of lines that may be lost")
struct LineLogTests {
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func log(
        _ path: String,
        capacity: Int = 100,
        _ format: @escaping @Sendable (Int, inout [UInt8]) -> Void = { $1 += "\($0)\n".utf8 }
    ) throws -> LineLog<Int> {
        let log = try LineLog(
            .file(path),
            capacity: capacity,
            format: format,
            formatDropped: { $1 += "dropped \($0)\n".utf8 },
            logger: logger
        )
        return try #require(log)
    }

    @Test("keeps their order")
    func order() async throws {
        try await Scratch.with { root in
            let log = try log("\(root)/log", capacity: 10_000)
            for number in 0..<5_000 { log.append(number) }
            await log.flush()
            let lines = try String(contentsOfFile: "\(root)/log", encoding: .utf8).split(separator: "\n")
            #expect(lines.map(String.init) == (0..<5_000).map(String.init))
            #expect(log.dropped == 0)
        }
    }

    @Test("never waits for a slow disk: what is over is dropped, counted and said")
    func slowDisk() async throws {
        try await Scratch.with { root in
            let (begun, continuation) = AsyncStream<Void>.makeStream()
            let isBlocked = DispatchSemaphore(value: 0)
            let log = try log("\(root)/log", capacity: 10) { number, bytes in
                if number == 0 {
                    continuation.yield()
                    isBlocked.wait()
                }
                bytes += "\(number)\n".utf8
            }
            log.append(0)
            for await _ in begun { break }
            // The writer hangs with the first; ten fit behind it.
            for number in 1...25 { log.append(number) }
            #expect(log.dropped == 15)
            isBlocked.signal()
            await log.flush()
            let lines = try String(contentsOfFile: "\(root)/log", encoding: .utf8).split(separator: "\n")
            #expect(lines.map(String.init) == (0...10).map(String.init) + ["dropped 15"])
        }
    }

    @Test("goes on in a new file when the old one was moved away")
    func rotation() async throws {
        try await Scratch.with { root in
            let log = try log("\(root)/log")
            log.append(1)
            await log.flush()
            try FileManager.default.moveItem(atPath: "\(root)/log", toPath: "\(root)/log.1")
            log.append(2)
            await log.flush()
            log.reopen()
            log.append(3)
            await log.flush()
            #expect(try String(contentsOfFile: "\(root)/log.1", encoding: .utf8) == "1\n2\n")
            #expect(try String(contentsOfFile: "\(root)/log", encoding: .utf8) == "3\n")
            let mode = try FileManager.default.attributesOfItem(atPath: "\(root)/log")[.posixPermissions] as? Int
            #expect(mode.map { $0 & 0o007 } == 0)
        }
    }

    @Test("a full disk costs lines, not the daemon, and is said when there is room again")
    func fullDisk() async throws {
        let log = try log("/dev/full")
        log.append(1)
        log.append(2)
        await log.flush()
        #expect(log.dropped == 2)
    }
}
