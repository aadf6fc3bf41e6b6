/// An amount of what a machine has: what a job needs, or what is free.
public struct Resources: Sendable, Hashable, Codable {
    /// Processor cores.
    public var cpus: Int
    /// Bytes of memory.
    public var memory: Int64
    /// Graphics cards.
    public var gpus: Int

    public init(cpus: Int, memory: Int64, gpus: Int) {
        self.cpus = cpus
        self.memory = memory
        self.gpus = gpus
    }

    public static let none = Resources(cpus: 0, memory: 0, gpus: 0)

    public func fits(in free: Resources) -> Bool {
        cpus <= free.cpus && memory <= free.memory && gpus <= free.gpus
    }

    public static func + (left: Self, right: Self) -> Self {
        Resources(cpus: left.cpus + right.cpus, memory: left.memory + right.memory, gpus: left.gpus + right.gpus)
    }

    /// What is left of `left`, never below nothing.
    public static func - (left: Self, right: Self) -> Self {
        Resources(
            cpus: max(0, left.cpus - right.cpus),
            memory: max(0, left.memory - right.memory),
            gpus: max(0, left.gpus - right.gpus)
        )
    }
}

/// Whether jobs of an instance type see the host's network.
public enum NetworkAccess: String, Sendable, Hashable, Codable, CaseIterable {
    case host
    case none
}

/// A named bundle of resources, `cpu` or `gpu` by default, set in the server's config.
public struct InstanceType: Sendable, Hashable {
    public var name: Name
    public var resources: Resources
    public var network: NetworkAccess
    public var limits: ResourceLimits

    public init(
        name: Name,
        resources: Resources,
        network: NetworkAccess = .host,
        limits: ResourceLimits = ResourceLimits()
    ) {
        self.limits = limits
        self.name = name
        self.resources = resources
        self.network = network
    }
}
