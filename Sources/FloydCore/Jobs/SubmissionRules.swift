internal import FloydAPI
internal import FloydModel

/// What a submitted job must satisfy that can be judged without the database.
struct SubmissionRules: Sendable {
    /// A job's checked choices, with the defaults filled in.
    struct Choice: Sendable, Hashable {
        var command: String
        var message: String?
        var environment: DeclaredEnvironment
        var instanceType: InstanceType
        /// Seconds.
        var maxRuntime: Int?
    }

    let environments: EnvironmentService
    let instanceTypes: InstanceTypes
    let defaultEnvironment: String
    /// Why jobs can't run here at all, if they can't.
    let refusal: FloydError?

    /// Blocks: it looks for the environment's files.
    ///
    /// - Throws: `FloydError` that names what is wrong and what would be right.
    func check(_ request: SubmitJobRequest) throws -> Choice {
        if let refusal { throw refusal }
        var choice = Choice(
            command: try TextLimits.command(request.command),
            message: try TextLimits.message(request.message),
            environment: try environments.usable(named: request.environment ?? defaultEnvironment),
            instanceType: try instanceTypes.type(named: request.instanceType ?? InstanceTypes.defaultName)
        )
        if let seconds = request.maxRuntime, !JobBounds.runtime.contains(seconds) {
            throw FloydError(
                .invalidRequest,
                "the time limit is \(seconds) seconds",
                hint: "Give 1 to 31536000 seconds, a year.",
                fields: [FloydError.Field(name: "max_runtime", message: "not between 1 and 31536000")]
            )
        }
        choice.maxRuntime = try Self.maxRuntime(request.maxRuntime, choice.instanceType)
        if let retries = request.retries, !JobBounds.retries.contains(retries) {
            throw FloydError(
                .invalidRequest,
                "the job is to be tried again \(retries) times",
                hint: "Give 0 to \(JobBounds.retries.upperBound) retries.",
                fields: [
                    FloydError.Field(name: "retries", message: "not between 0 and \(JobBounds.retries.upperBound)")
                ]
            )
        }
        if request.data.count > JobBounds.sources {
            throw FloydError(
                .invalidRequest,
                "the job has \(request.data.count) data sources; at most \(JobBounds.sources) are possible"
            )
        }
        return choice
    }

    /// The time that a job gets: what it asks for, which may not be more than the instance type allows, else what that allows.
    private static func maxRuntime(_ wished: Int?, _ type: InstanceType) throws(FloydError) -> Int? {
        guard let limit = type.limits.maxRuntime, let wished else { return wished ?? type.limits.maxRuntime }
        guard wished <= limit else {
            throw FloydError(
                .invalidRequest,
                "the time limit is \(wished) seconds, and instance type \(type.name) allows \(limit)",
                hint: "Ask for no more than \(limit) seconds, or for another instance type.",
                fields: [FloydError.Field(name: "max_runtime", message: "more than \(limit)")]
            )
        }
        return wished
    }
}

/// How much a job may ask for.
public enum JobBounds {
    /// Seconds; a year at most.
    public static let runtime = 1...31_536_000
    public static let retries = 0...100
    /// Data sources.
    public static let sources = 64
}
