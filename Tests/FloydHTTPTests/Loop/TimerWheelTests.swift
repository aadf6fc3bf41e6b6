import Testing

@testable import FloydHTTP

@Suite("The timer wheel")
struct TimerWheelTests {
    private func due(_ wheel: inout TimerWheel, to time: UInt64) -> [Int] {
        var nodes: [Int] = []
        wheel.advance(to: time) { nodes.append($0) }
        return nodes
    }

    @Test(
        "a deadline is handed out at its time, not before and once",
        arguments: [1, 2, 255, 256, 257, 300, 10_000, 65_535, 65_536, 70_000, 16_777_216, 20_000_000] as [UInt64]
    )
    func onTime(delay: UInt64) {
        for start in [0, 1, 200, 255, 256, 65_530, 1_000_003] as [UInt64] {
            var wheel = TimerWheel(now: start)
            wheel.set(7, at: start + delay)
            #expect(due(&wheel, to: start + delay - 1) == [])
            #expect(due(&wheel, to: start + delay) == [7])
            #expect(due(&wheel, to: start + delay + 1000) == [])
            #expect(wheel.nextEvent == nil)
        }
    }

    @Test("the next event is never after the next deadline")
    func nextEvent() {
        var random = SystemRandomNumberGenerator()
        var wheel = TimerWheel(now: 12_345)
        var deadlines: [Int: UInt64] = [:]
        for node in 0..<200 {
            let deadline = wheel.now + UInt64.random(in: 1...300_000, using: &random)
            deadlines[node] = deadline
            wheel.set(node, at: deadline)
        }
        while let event = wheel.nextEvent {
            #expect(event <= deadlines.values.min() ?? 0)
            wheel.advance(to: event) { node in
                #expect(deadlines[node] == event)
                deadlines[node] = nil
            }
        }
        #expect(deadlines.isEmpty)
    }

    @Test("the order is that of time, whatever the order of setting, in one leap too")
    func order() {
        var wheel = TimerWheel(now: 0)
        wheel.set(0, at: 100_000)
        wheel.set(1, at: 5)
        wheel.set(2, at: 400)
        wheel.set(3, at: 70_000)
        #expect(due(&wheel, to: 1_000_000) == [1, 2, 3, 0])
    }

    @Test("setting again replaces, cancelling removes")
    func replace() {
        var wheel = TimerWheel(now: 0)
        wheel.set(0, at: 10)
        wheel.set(0, at: 20)
        wheel.set(1, at: 15)
        wheel.cancel(1)
        wheel.cancel(9)
        #expect(wheel.count == 1)
        #expect(wheel.deadline(of: 0) == 20)
        #expect(due(&wheel, to: 19) == [])
        #expect(due(&wheel, to: 20) == [0])
    }

    @Test("what has passed is due at the next step")
    func passed() {
        var wheel = TimerWheel(now: 100)
        wheel.set(0, at: 3)
        #expect(due(&wheel, to: 101) == [0])
    }

    @Test("a deadline beyond the wheel waits at its edge")
    func beyond() {
        var wheel = TimerWheel(now: 0)
        wheel.set(0, at: 1 << 42)
        #expect(due(&wheel, to: 1 << 31) == [])
        #expect(wheel.count == 1)
    }
}
