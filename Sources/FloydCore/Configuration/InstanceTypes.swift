public import FloydModel

/// The instance types of the config on a given machine.
public struct InstanceTypes: Sendable, Hashable {
    /// `run` without `--gpu` asks for this.
    public static let defaultName = "cpu"

    /// In name order.
    public let types: [InstanceType]
    public let total: Resources

    init(_ declared: [ServerConfiguration.DeclaredInstanceType], total: Resources) throws(FloydError) {
        var types: [InstanceType] = []
        for type in declared {
            types.append(
                InstanceType(
                    name: try Name(type.name),
                    resources: Resources(
                        cpus: type.cpus ?? Self.share(gpus: type.gpus, of: total),
                        memory: type.memory ?? 0,
                        gpus: type.gpus
                    ),
                    network: type.network,
                    limits: type.limits
                )
            )
        }
        self.types = types.sorted { $0.name < $1.name }
        self.total = total
    }

    /// The CPUs of a type that doesn't say: those that go with its GPUs, or two.
    private static func share(gpus: Int, of total: Resources) -> Int {
        gpus > 0 && total.gpus > 0 ? max(1, total.cpus * gpus / total.gpus) : max(1, min(2, total.cpus))
    }

    public func isAvailable(_ type: InstanceType) -> Bool {
        type.resources.fits(in: total)
    }

    /// The type of that name, if this machine has what it takes.
    ///
    /// - Throws: `instanceTypeNotFound`, or `instanceTypeUnavailable` with the config line that would make it possible.
    public func type(named name: String) throws(FloydError) -> InstanceType {
        guard let type = types.first(where: { $0.name.string == name }) else {
            throw FloydError(
                .instanceTypeNotFound,
                "there is no instance type \(name)",
                hint: "The instance types here are \(types.map(\.name.string).joined(separator: ", "))."
            )
        }
        if isAvailable(type) { return type }
        if type.resources.gpus > total.gpus {
            let have = total.gpus == 0 ? "this server has no GPUs" : "this server has \(total.gpus)"
            throw FloydError(
                .instanceTypeUnavailable,
                "instance type \(name) needs \(type.resources.gpus == 1 ? "a GPU" : "\(type.resources.gpus) GPUs") and \(have)",
                hint: "Run with --cpu, or map the type to CPUs in the server's config: "
                    + "instance_types: {\(name): {gpus: 0, cpus: \(min(2, total.cpus))}}"
            )
        }
        throw FloydError(
            .instanceTypeUnavailable,
            "instance type \(name) needs more CPUs or memory than this server has (\(total.cpus) CPUs, "
                + "\(total.memory >> 20) MiB)",
            hint: "Lower what it asks for in the server's config."
        )
    }
}
