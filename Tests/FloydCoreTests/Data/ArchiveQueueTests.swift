import FloydModel
import FloydStore
import Foundation
import Testing

@testable import FloydCore

@Suite struct ArchiveQueueTests {
    private struct Refused: Error {}

    /// The ids that come next.
    private func next(_ count: Int, of queue: ArchiveQueue) async -> [ObjectID] {
        var ids: [ObjectID] = []
        for await id in queue.ids {
            ids.append(id)
            if ids.count == count { break }
        }
        return ids
    }

    @Test func anUploadIsThereOnceHoweverManyWait() async throws {
        let queue = ArchiveQueue()
        let (first, second) = (ObjectID(), ObjectID())
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    do {
                        _ = try await queue.outcome(of: first)
                        return false
                    } catch {
                        return error is Refused
                    }
                }
            }
            queue.add(first)
            queue.add(first)
            // Nothing of it came twice before this one.
            while !queue.isWaited(for: first, by: 3) { await Task.yield() }
            queue.add(second)
            #expect(await next(2, of: queue) == [first, second])
            queue.finish(first, .failure(Refused()))
            for try await wasRefused in group { #expect(wasRefused) }
        }
    }

    @Test func whoLeavesWaitsNoLonger() async throws {
        let queue = ArchiveQueue()
        let id = ObjectID()
        let waiting = Task { try await queue.outcome(of: id) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        // It goes on all the same.
        #expect(await next(1, of: queue) == [id])
    }

    @Test func nobodyWaitsForWhatStops() async throws {
        let queue = ArchiveQueue()
        let id = ObjectID()
        let waiting = Task { try await queue.outcome(of: id) }
        while !queue.isWaited(for: id, by: 1) { await Task.yield() }
        queue.close()
        #expect(try await code { _ = try await waiting.value } == .unavailable)
        #expect(try await code { _ = try await queue.outcome(of: id) } == .unavailable)
    }

    @Test func soManyAtATime() async throws {
        let slots = Slots(1)
        let entered = AsyncStream<Int>.makeStream()
        let leave = AsyncStream<Void>.makeStream()
        let first = Task {
            try await slots.withOne {
                entered.continuation.yield(1)
                for await _ in leave.stream { break }
            }
        }
        var order = entered.stream.makeAsyncIterator()
        #expect(await order.next() == 1)
        let cancelled = Task { try await slots.withOne { _ = entered.continuation.yield(2) } }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        let second = Task { try await slots.withOne { _ = entered.continuation.yield(3) } }
        leave.continuation.yield()
        try await first.value
        try await second.value
        #expect(await order.next() == 3)
    }
}
