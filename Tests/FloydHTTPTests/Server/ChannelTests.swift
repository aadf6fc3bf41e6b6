import HTTPTypes
import Synchronization
import Testing

@testable import FloydHTTP

/// A text that grows, and the channel through which its readers send it.
private final class GrowingText: Sendable {
    let channel = HTTPChannel()
    private let bytes = Mutex<[UInt8]>([])
    /// How often a reader was woken that waited.
    let wakes = Atomic(0)

    func append(_ text: String) {
        bytes.withLock { $0 += Array(text.utf8) }
        channel.signal()
    }

    func rest(from place: Int) -> [UInt8] {
        bytes.withLock { Array($0[place...]) }
    }

    /// Sends the text up to its full stop.
    func follow(_ writer: HTTPBodyWriter, onLead: @Sendable () throws -> Void = {}) async throws {
        let member = channel.join()
        var place = 0
        while true {
            let changes = channel.changes
            let new = rest(from: place)
            if new.isEmpty {
                if place > 0, rest(from: place - 1) == [UInt8(ascii: ".")] { return }
                let pause = try await writer.wait(in: member, at: Int64(place), since: changes, timeout: .seconds(20))
                wakes.add(1, ordering: .relaxed)
                place = Int(pause.place)
                if member.leads { try onLead() }
                continue
            }
            if member.leads {
                member.publish(HTTPChannel.Piece(new, from: Int64(place), to: Int64(place + new.count)), since: changes)
            }
            // Before this one writes: its client may not read.
            if new.last == UInt8(ascii: ".") { member.wakeAll() }
            try await writer.write(new)
            place += new.count
        }
    }

    func response() -> HTTPServerResponse {
        HTTPServerResponse(status: .ok, body: .stream(length: nil) { writer in try await self.follow(writer) })
    }

    /// Returns when so many wait.
    func untilWaiting(_ count: Int) async {
        while channel.waitingCount < count { await Task.yield() }
    }
}

@Suite("Channels")
struct ChannelTests {
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("a piece goes to all who wait, and wakes hardly any of them", arguments: [1, 3])
    func publishes(loops: Int) async throws {
        let text = GrowingText()
        try await TestServer.run(configure: { $0.loops = loops }, handler: { _ in text.response() }) {
            server async throws in
            let clients = try (0..<20).map { _ in try server.connect() }
            for client in clients { try client.send(Self.get) }
            await text.untilWaiting(20)
            for number in 0..<10 {
                text.append("line \(number)\n")
                await text.untilWaiting(20)
            }
            // One for each piece, and one who looks whether there is more.
            #expect(text.wakes.load(ordering: .relaxed) <= 20)
            text.append("end.")
            let expected = (0..<10).map { "line \($0)\n" }.joined() + "end."
            for client in clients { #expect(try client.receiveResponse().text == expected) }
        }
    }

    @Test("everybody gets all of it once, however they wait, read, or leave")
    func crowd() async throws {
        let text = GrowingText()
        let line = String(repeating: "0123456789abcde\n", count: 512)
        try await TestServer.run(configure: { $0.loops = 2 }, handler: { _ in text.response() }) {
            server async throws in
            let readers = try (0..<8).map { _ in try server.connect() }
            // Reads nothing until the end, and the server's buffers don't hold so much for it.
            let slow = try server.connect(receiveBuffer: 4096)
            let old = try server.connect()
            // Sees that the text comes in many pieces: it has read one of twenty before the next is there.
            let pace = try server.connect()
            var leaving = try (0..<8).map { _ in try server.connect() }
            for client in readers + leaving + [slow, pace] { try client.send(Self.get) }
            try old.send("GET / HTTP/1.0\r\n\r\n")
            var expected = ""
            for number in 0..<600 {
                let piece = number % 7 == 0 ? line : "\(number)\n"
                expected += piece
                text.append(piece)
                if number % 50 == 49 { _ = leaving.popLast() }
                if number % 21 == 1 { _ = try pace.receiveText(until: "\(number)\n") }
            }
            text.append("end.")
            expected += "end."
            #expect(expected.utf8.count > 600_000)
            for client in readers + [old, slow] {
                let received = try client.receiveResponse().text
                #expect(received.count == expected.count && received == expected)
            }
        }
    }

    @Test("who doesn't read is dropped, and the others have each line at once", arguments: [1, 2])
    func deadFollowers(loops: Int) async throws {
        let text = GrowingText()
        let line = String(repeating: "0123456789abcde\n", count: 4096)
        try await TestServer.run(
            configure: {
                $0.loops = loops
                $0.timeouts.writeProgress = .milliseconds(100)
            },
            handler: { _ in text.response() }
        ) { server async throws in
            let reader = try server.connect()
            let dead = try (0..<6).map { _ in try server.connect(receiveBuffer: 4096) }
            for client in dead + [reader] { try client.send(Self.get) }
            await text.untilWaiting(7)
            _ = try reader.receiveHead()
            var delays: [Duration] = []
            while server.server.connectionCount > 1 {
                text.append(line)
                let sent = ContinuousClock.now
                _ = try reader.receiveChunk()
                delays.append(ContinuousClock.now - sent)
            }
            // Had one of the others been waited for, so much would have been the least of it.
            #expect(delays.sorted()[delays.count / 2] < .milliseconds(50))
            #expect(server.events.records.filter(\.isIncomplete).count == 6)
            text.append(".")
            while try !reader.receiveChunk().isEmpty {}
        }
    }

    @Test("a leader that fails is followed by another")
    func failingLeaders() async throws {
        struct Failed: Error {}
        let text = GrowingText()
        let failures = Atomic(3)
        try await TestServer.run(handler: { _ in
            HTTPServerResponse(
                status: .ok,
                body: .stream(length: nil) { writer in
                    try await text.follow(writer) {
                        if failures.subtract(1, ordering: .relaxed).oldValue > 0 { throw Failed() }
                    }
                }
            )
        }) { server async throws in
            let clients = try (0..<5).map { _ in try server.connect() }
            for client in clients { try client.send(Self.get) }
            await text.untilWaiting(5)
            text.append("end.")
            let ends = clients.map { client in (try? client.receiveResponse())?.text }
            #expect(ends.count { $0 == "end." } == 2 && ends.count { $0 == nil } == 3)
        }
    }

    @Test("a wait ends by its time, by a change that came before it, and by the server's stop")
    func ends() async throws {
        let channel = HTTPChannel()
        let isWaiting = Gate()
        let results = Mutex<[HTTPChannel.Pause]>([])
        try await TestServer.run(handler: { _ in
            HTTPServerResponse(
                status: .ok,
                body: .stream(length: nil) { writer in
                    let member = channel.join()
                    for (changes, timeout) in [(channel.changes, 1), (channel.changes - 1, 20_000)] {
                        let pause = try await writer.wait(
                            in: member,
                            at: 7,
                            since: changes,
                            timeout: .milliseconds(timeout)
                        )
                        results.withLock { $0.append(pause) }
                    }
                    isWaiting.open()
                    let pause = try await writer.wait(in: member, at: 9, since: channel.changes, timeout: .seconds(20))
                    results.withLock { $0.append(pause) }
                }
            )
        }) { server async throws in
            let client = try server.connect()
            try client.send(Self.get)
            await isWaiting.wait()
            server.server.stop()
            _ = try client.receiveResponse()
        }
        #expect(
            results.withLock { $0 } == [
                HTTPChannel.Pause(place: 7, isSignalled: false), HTTPChannel.Pause(place: 7, isSignalled: true),
                HTTPChannel.Pause(place: 9, isSignalled: false),
            ]
        )
    }
}
