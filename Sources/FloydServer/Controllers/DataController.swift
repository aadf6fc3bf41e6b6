import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes

/// Projects, datasets and their versions.
struct DataController: Sendable {
    var data: any DataServing

    var routes: [Route] {
        [
            Route(.get, "/api/v1/projects", .account(projects)),
            Route(.post, "/api/v1/projects", .account(createProject)),
            Route(.get, "/api/v1/projects/{project}", .account(project)),
            Route(.patch, "/api/v1/projects/{project}", .account(updateProject)),
            Route(.get, "/api/v1/datasets", .account(datasets)),
            Route(.post, "/api/v1/datasets", .account(createDataset)),
            Route(.get, "/api/v1/datasets/{dataset}", .account(dataset)),
            Route(.patch, "/api/v1/datasets/{dataset}", .account(updateDataset)),
            Route(.post, "/api/v1/datasets/{dataset}/versions", .account(addVersion)),
            Route(.get, "/api/v1/dataset-versions", query: ["dataset", "cursor", "limit"], .account(versions)),
            Route(.get, "/api/v1/dataset-versions/{version}", .account(version)),
        ]
    }

    private func projects(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try .json(ListResponse(items: await data.projects(as: account)))
    }

    private func createProject(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let message: CreateResourceRequest = try await JSONBody.message(of: request)
        return try .json(await data.createProject(message, as: account))
    }

    private func datasets(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try .json(ListResponse(items: await data.datasets(as: account)))
    }

    private func createDataset(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let message: CreateResourceRequest = try await JSONBody.message(of: request)
        return try .json(await data.createDataset(message, as: account))
    }

    private func dataset(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try .json(await data.dataset(request.reference(), as: account))
    }

    private func project(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try .json(await data.project(request.reference(), as: account))
    }

    private func updateProject(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let project = try request.reference()
        return try .json(await data.updateProject(project, JSONBody.message(of: request), as: account))
    }

    private func updateDataset(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let dataset = try request.reference()
        return try .json(await data.updateDataset(dataset, JSONBody.message(of: request), as: account))
    }

    private func addVersion(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let dataset = try request.reference()
        let message: CreateVersionRequest = try await JSONBody.message(of: request)
        let version = try await data.addVersion(to: dataset, message, as: account)
        return try .json(version, status: .created, [.location: APIPath.datasetVersion(Reference(.id(version.id)))])
    }

    private func versions(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let dataset = try request.query["dataset"].map { text throws(FloydError) in try Reference(parsing: text) }
        return try .json(await data.versions(of: dataset, page: request.page(), as: account))
    }

    private func version(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try .json(await data.version(request.reference(), as: account))
    }
}
