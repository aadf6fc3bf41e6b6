import FloydModel
import FloydStore
import Foundation
import Synchronization
import Testing

@testable import FloydCore

@Suite("What is counted")
struct MetricsServiceTests {
    @Test("A histogram's buckets have their upper bounds")
    func histogram() {
        var histogram = Histogram(bounds: [1, 2])
        for value in [0, 1, 1.5, 2, 2.5, 100] { histogram.record(value) }
        #expect(histogram.counts == [2, 2, 2])
        #expect(histogram.count == 6 && histogram.sum == 107)
    }

    @Test("The store's size is counted anew after some minutes, by one at a time")
    func storeSize() async throws {
        let counts = Mutex(0)
        let clock = TestClock()
        let size = StoreSize(
            count: {
                counts.withLock {
                    $0 += 1
                    return Int64($0)
                }
            },
            now: clock.now
        )
        #expect(try await size.bytes() == 1)
        #expect(try await size.bytes() == 1)
        clock.advance(by: .seconds(301))
        #expect(try await size.bytes() == 2)
    }

    @Test("A count that fails is tried again")
    func failingCount() async throws {
        struct Broken: Error {}
        let isBroken = Mutex(true)
        let size = StoreSize(count: {
            if isBroken.withLock({ $0 }) { throw Broken() }
            return 5
        })
        await #expect(throws: Broken.self) { try await size.bytes() }
        isBroken.withLock { $0 = false }
        #expect(try await size.bytes() == 5)
    }
}
