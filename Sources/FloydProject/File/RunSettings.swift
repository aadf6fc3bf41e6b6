/// What a project file says about a run; nil and empty where it says nothing.
public struct RunSettings: Sendable, Hashable {
    /// How many retries a job may ask for.
    public static let retryRange = 0...100

    /// The environment's name.
    public var env: String?
    /// The instance type's name: `cpu`, `gpu` or another that the server has.
    public var machine: String?
    public var input: [Input]
    public var description: String?
    /// Seconds.
    public var maxRuntime: Int?
    /// How often the job is tried again after an attempt that failed or was lost.
    public var retries: Int?
    public var command: String?

    /// One data source and where the job sees it.
    public struct Input: Sendable, Hashable {
        public var source: String
        /// nil: the server's choice.
        public var destination: String?

        public init(source: String, destination: String? = nil) {
            self.source = source
            self.destination = destination
        }
    }

    public init(
        env: String? = nil,
        machine: String? = nil,
        input: [Input] = [],
        description: String? = nil,
        maxRuntime: Int? = nil,
        retries: Int? = nil,
        command: String? = nil
    ) {
        self.env = env
        self.machine = machine
        self.input = input
        self.description = description
        self.maxRuntime = maxRuntime
        self.retries = retries
        self.command = command
    }
}
