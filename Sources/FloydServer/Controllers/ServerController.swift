import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes

/// The server itself, the machine, and who asks.
struct ServerController: Sendable {
    var machine: any MachineServing

    var routes: [Route] {
        [
            Route(
                .get,
                "/healthz",
                Operation("getHealth", "Says that the server is up.", answers: [.message(HealthResponse.self)]),
                .open(health)
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

    private struct HealthResponse: Encodable, DescribedMessage {
        static var schema: Schema { .object(["status": .one(of: ["ok"])]) }

        var status = "ok"
    }

    /// Made once: it is asked for again and again, and never says anything else.
    private static let healthAnswer = Result { try HTTPServerResponse.json(HealthResponse()) }

    private func health(_ request: RoutedRequest) throws -> HTTPServerResponse {
        try Self.healthAnswer.get()
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
