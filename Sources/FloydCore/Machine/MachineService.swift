internal import FloydAPI
internal import FloydModel
internal import FloydTree

/// What people may know of the server and its machine.
struct MachineService: MachineServing {
    let version: String
    let isolation: ServerConfiguration.Isolation
    /// Why jobs can't run here at all, if they can't.
    let refusal: FloydError?
    let hasAccountUIDs: Bool
    let instances: InstanceTypes
    let contentHash: HashAlgorithm
    let declaredEnvironments: EnvironmentService

    func server() async throws -> ServerResponse {
        ServerResponse(
            version: version,
            isolation: isolation.rawValue,
            refusal: refusal?.description,
            uids: hasAccountUIDs ? "account" : "service",
            total: instances.total,
            contentHash: contentHash.rawValue
        )
    }

    func environments(page: PageRequest) async throws -> ListResponse<EnvironmentResponse> {
        try ListResponse(all: await declaredEnvironments.responses(), page: page, name: \.name)
    }

    func instanceTypes(page: PageRequest) async throws -> ListResponse<InstanceTypeResponse> {
        let types = instances.types.map { type in
            InstanceTypeResponse(
                name: type.name.string,
                resources: type.resources,
                available: instances.isAvailable(type)
            )
        }
        return try ListResponse(all: types, page: page, name: \.name)
    }
}
