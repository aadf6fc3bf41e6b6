import FloydModel
import Testing

struct RetryBackoffTests {
    @Test("doubled each time, up to the limit")
    func doubling() {
        let backoff = RetryBackoff()
        #expect((1...8).map { backoff.wait(before: $0) } == [10, 20, 40, 80, 160, 320, 600, 600].map { .seconds($0) })
        #expect(backoff.wait(before: 1_000_000) == .seconds(600))
        #expect(backoff.wait(before: 0) == .seconds(10))
    }

    @Test("a limit below the first wait, and no wait at all")
    func extremes() {
        #expect(RetryBackoff(first: .seconds(10), maximum: .seconds(1)).wait(before: 1) == .seconds(1))
        let none = RetryBackoff(first: .zero, maximum: .seconds(600))
        #expect(none.wait(before: 1) == .zero && none.wait(before: .max) == .zero)
        let huge = RetryBackoff(first: .seconds(Int64.max / 4), maximum: .seconds(Int64.max / 2))
        #expect(huge.wait(before: .max) == .seconds(Int64.max / 2))
    }
}
