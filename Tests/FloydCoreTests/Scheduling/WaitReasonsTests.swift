import FloydModel
import FloydStore
import Foundation
import Testing

@testable import FloydCore

@Suite struct WaitReasonsTests {
    @Test func knowsWhatTheLatestPlanSaid() async throws {
        try await World.with { world in
            let (first, second) = (try await world.submit("a"), try await world.submit("b"))
            let total = Resources(cpus: 2, memory: 0, gpus: 0)
            let wait = SchedulingPlan.Wait(
                before: 0,
                needs: Resources(cpus: 2, memory: 0, gpus: 0),
                free: .none,
                total: total
            )
            let reasons = world.reasons
            #expect(reasons.reason(first) == nil)
            reasons.replace([first.id: wait])
            #expect(reasons.reason(first) == "waits for 2 CPUs (0 of 2 free); next in the queue")
            // A look at a part says nothing of the others.
            reasons.replace([second.id: wait], isWhole: false)
            #expect(reasons.reason(first) != nil && reasons.reason(second) != nil)
            reasons.replace([:])
            #expect(reasons.reason(first) == nil)
        }
    }
}
