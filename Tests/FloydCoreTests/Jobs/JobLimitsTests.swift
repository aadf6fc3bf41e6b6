import FloydAPI
import FloydModel
import FloydOS
import FloydStore
import Testing

@testable import FloydCore

@Suite struct JobLimitsTests {
    private static func types() throws -> InstanceTypes {
        try InstanceTypes(
            [
                .init(name: "cpu", gpus: 0),
                .init(
                    name: "small",
                    gpus: 0,
                    memory: 1 << 30,
                    limits: .init(processes: 50, openFiles: 64, disk: 2 << 30, maxRuntime: 600)
                ),
            ],
            total: Resources(cpus: 4, memory: 8 << 30, gpus: 0)
        )
    }

    @Test func limitsAreTheTypes() throws {
        let limits = JobLimits(instanceTypes: try Self.types(), enforcement: .watch)
        #expect(
            limits.response("small")
                == LimitsResponse(memory: 1 << 30, processes: 50, openFiles: 64, disk: 2 << 30, enforcement: "watch")
        )
        #expect(
            limits.response("cpu")
                == LimitsResponse(memory: nil, processes: 4096, openFiles: 65_536, disk: nil, enforcement: "watch")
        )
        #expect(limits.response("gone") == nil)
    }

    @Test func jobGetsTheTimeThatItsTypeAllows() async throws {
        try await World.with { world in
            let rules = SubmissionRules(
                environments: try world.environments(),
                instanceTypes: try Self.types(),
                defaultEnvironment: "python",
                refusal: nil
            )
            var request = SubmitJobRequest(project: try Name("x"), code: ObjectID(), command: "true")
            request.instanceType = "small"
            #expect(try rules.check(request).maxRuntime == 600)
            request.maxRuntime = 60
            #expect(try rules.check(request).maxRuntime == 60)
            request.maxRuntime = 601
            let error = #expect(throws: FloydError.self) { try rules.check(request) }
            #expect(error?.code == .invalidRequest)
            #expect(error?.message == "the time limit is 601 seconds, and instance type small allows 600")
            #expect(error?.fields.map(\.name) == ["max_runtime"])
            request.instanceType = "cpu"
            #expect(try rules.check(request).maxRuntime == 601)
            request.maxRuntime = nil
            #expect(try rules.check(request).maxRuntime == nil)
        }
    }
}
