import FloydModel
import Testing

@testable import FloydCore

@Suite struct JobSignalsTests {
    @Test func reachesTheFollowersOfThatJob() {
        let signals = JobSignals()
        let job = ObjectID()
        let heard = Lock(0)
        let other = Lock(0)
        let first = signals.subscribe(job) { heard.value += 1 }
        let second = signals.subscribe(job) { heard.value += 10 }
        let stranger = signals.subscribe(ObjectID()) { other.value += 1 }
        signals.moved(job)
        signals.logGrew(job)
        #expect(heard.value == 22)
        #expect(other.value == 0)
        withExtendedLifetime((first, second, stranger)) {}
    }

    @Test func endsWithItsSubscription() {
        let signals = JobSignals()
        let job = ObjectID()
        let heard = Lock(0)
        var subscription: JobSignals.Subscription? = signals.subscribe(job) { heard.value += 1 }
        signals.moved(job)
        withExtendedLifetime(subscription) {}
        subscription = nil
        signals.moved(job)
        #expect(heard.value == 1)
    }

    @Test func maySubscribeAndLeaveWhileItIsTold() {
        let signals = JobSignals()
        let job = ObjectID()
        let inner = Lock<JobSignals.Subscription?>(nil)
        let outer = signals.subscribe(job) { inner.value = signals.subscribe(job) {} }
        signals.moved(job)
        signals.moved(job)
        #expect(inner.value != nil)
        withExtendedLifetime(outer) {}
    }

    @Test func countsMovesAlone() {
        let signals = JobSignals()
        signals.logGrew(ObjectID())
        #expect(signals.moveCount == 0)
        signals.moved(ObjectID())
        #expect(signals.moveCount == 1)
    }

    @Test func severalWakesAreOne() async {
        let wake = Wake()
        wake()
        wake()
        wake()
        var iterator = wake.wakes.makeAsyncIterator()
        #expect(await iterator.next() != nil)
        wake()
        #expect(await iterator.next() != nil)
        let waiting = Task { [wakes = wake.wakes] in
            for await _ in wakes { return true }
            return false
        }
        waiting.cancel()
        #expect(await waiting.value == false)
    }

    @Test(.timeLimit(.minutes(1))) func anEndEndsTheWakesForGood() async {
        let wake = Wake()
        wake.end()
        wake()
        for await _ in wake.wakes { Issue.record("a wake after the end") }
    }

    @Test func aWakeForANewJobAloneIsNoChange() async {
        let wake = Wake()
        wake.queued()
        var iterator = wake.wakes.makeAsyncIterator()
        #expect(await iterator.next() != nil)
        #expect(!wake.takeChange())
        wake()
        wake.queued()
        #expect(wake.takeChange() && !wake.takeChange())
    }

    /// A time that has passed wakes once, and whoever waits again waits.
    @Test(.timeLimit(.minutes(1))) func aWaitEndsAtItsTimeOrWithAWakeHoweverOften() async {
        let wake = Wake()
        for _ in 0..<3 { await wake.wait(until: .now + .milliseconds(1)) }
        let isWoken = Lock(false)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await wake.wait(until: .now + .seconds(3_600))
                #expect(isWoken.value)
            }
            for _ in 0..<100 { await Task.yield() }
            isWoken.value = true
            wake()
        }
        let end = ContinuousClock.now + .milliseconds(20)
        await wake.wait(until: end)
        #expect(ContinuousClock.now >= end)
    }
}
