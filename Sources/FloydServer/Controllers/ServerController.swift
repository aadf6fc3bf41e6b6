import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes

/// The server itself, the machine, and who asks.
struct ServerController: Sendable {
    var machine: any MachineServing

    var routes: [Route] {
        get throws {
            [
                Route(
                    .get,
                    "/healthz",
                    Operation("getHealth", "Says that the server is up.", answers: [.message(HealthResponse.self)]),
                    .constant(try .json(HealthResponse()))
                ),
                Route(
                    .get,
                    "/api/v1/server",
                    Operation(
                        "getServer",
                        "The server: version, isolation, and what its machine has.",
                        answers: [.message(ServerResponse.self)]
                    ),
                    .account(server)
                ),
                Route(
                    .get,
                    "/api/v1/account",
                    Operation("getAccount", "The account that asks.", answers: [.message(AccountResponse.self)]),
                    .account(account)
                ),
                Route(
                    .get,
                    "/api/v1/environments",
                    Operation(
                        "listEnvironments",
                        "The declared environments.",
                        query: [.cursor(.name), .limit],
                        answers: [.page(of: EnvironmentResponse.self)]
                    ),
                    .account(environments)
                ),
                Route(
                    .get,
                    "/api/v1/instance-types",
                    Operation(
                        "listInstanceTypes",
                        "The declared instance types.",
                        query: [.cursor(.name), .limit],
                        answers: [.page(of: InstanceTypeResponse.self)]
                    ),
                    .account(instanceTypes)
                ),
            ]
        }
    }

    private func server(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try .json(await machine.server())
    }

    private func account(_ request: RoutedRequest, as account: Account) throws -> HTTPServerResponse {
        try .json(AccountResponse(id: account.id, name: account.name, role: account.role.rawValue))
    }

    private func environments(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try .json(await machine.environments(page: request.page()))
    }

    private func instanceTypes(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try .json(await machine.instanceTypes(page: request.page()))
    }
}

/// What a server that is up says of itself.
struct HealthResponse: Encodable, DescribedMessage {
    static var schema: Schema { .object(["status": .one(of: ["ok"])]) }

    var status = "ok"
}
