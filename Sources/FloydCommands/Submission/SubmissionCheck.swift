import FloydAPI
import FloydClient
import FloydModel

/// Finds what the server would refuse a job for, before its code is sent.
struct SubmissionCheck {
    var client: FloydClient

    /// - Throws: `FloydError`, the server's own where it names what is missing.
    func check(_ plan: RunPlan) throws(FloydError) {
        for mount in plan.data {
            let reference = try Reference(parsing: mount.source)
            if reference.isOutput {
                let job = try client.job(Reference(reference.target, collection: reference.collection))
                if job.outputDeleted != nil { throw Self.outputIsGone(job) }
            } else {
                _ = try client.datasetVersion(reference)
            }
        }
        if let environment = plan.environment {
            try Self.check(environment: environment, against: try client.environments())
        }
        if let type = plan.instanceType {
            try Self.check(instanceType: type, against: try client.instanceTypes())
        }
    }

    private static func outputIsGone(_ job: JobResponse) -> FloydError {
        FloydError(
            .gone,
            "the output of \(job.name) was deleted",
            hint: "Run it again for another one: floydlite restart \(job.name)."
        )
    }

    static func check(environment name: String, against declared: [EnvironmentResponse]) throws(FloydError) {
        guard !declared.contains(where: { $0.name == name }) else { return }
        throw FloydError(
            .environmentNotFound,
            "there is no environment \(name)",
            hint: "There are: \(declared.map(\.name).joined(separator: ", "))."
        )
    }

    static func check(instanceType name: String, against declared: [InstanceTypeResponse]) throws(FloydError) {
        guard let type = declared.first(where: { $0.name == name }) else {
            throw FloydError(
                .instanceTypeNotFound,
                "there is no instance type \(name)",
                hint: "There are: \(declared.map(\.name).joined(separator: ", "))."
            )
        }
        guard !type.available else { return }
        throw FloydError(
            .instanceTypeUnavailable,
            "the instance type \(name) wants more than the server has",
            hint: type.resources.gpus > 0
                ? "Run on `--cpu`, or map it to CPUs in the server's config: "
                    + "instance_types: {\(name): {gpus: 0, cpus: 2}}"
                : "Choose another: \(declared.filter(\.available).map(\.name).joined(separator: ", "))."
        )
    }
}
