internal import FloydAPI
internal import FloydModel
internal import FloydOS

/// What jobs of each instance type may use here, and who sees to it.
struct JobLimits: Sendable {
    let instanceTypes: InstanceTypes
    let enforcement: CgroupSite.Enforcement

    /// The limits of the type as the config has it now; nil if it has it no longer.
    func response(_ instanceType: String) -> LimitsResponse? {
        guard let type = instanceTypes.types.first(where: { $0.name.string == instanceType }) else { return nil }
        return LimitsResponse(
            memory: type.resources.memory > 0 ? type.resources.memory : nil,
            processes: type.limits.processes,
            openFiles: type.limits.openFiles,
            disk: type.limits.disk,
            enforcement: enforcement.rawValue
        )
    }
}
