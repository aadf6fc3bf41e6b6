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
            Route(.get, "/healthz", .open(health)),
            Route(.get, "/api/v1/server", .account(server)),
            Route(.get, "/api/v1/account", .account(account)),
            Route(.get, "/api/v1/environments", .account(environments)),
            Route(.get, "/api/v1/instance-types", .account(instanceTypes)),
        ]
    }

    private struct HealthResponse: Encodable {
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
        try .json(ListResponse(items: await machine.environments()))
    }

    private func instanceTypes(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try .json(ListResponse(items: await machine.instanceTypes()))
    }
}
