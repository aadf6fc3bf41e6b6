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
            Route(
                .get,
                "/api/v1/projects",
                Operation(
                    "listProjects",
                    "The account's projects, in the order of their names.",
                    query: [.cursor(.name), .limit],
                    answers: [.page(of: ResourceResponse.self)]
                ),
                .account(projects)
            ),
            Route(
                .post,
                "/api/v1/projects",
                .once(
                    "createProject",
                    "Makes a project, or answers the one of that name.",
                    body: .json(CreateResourceRequest.self),
                    answers: [.message(ResourceResponse.self)]
                ),
                .account(createProject)
            ),
            Route(
                .get,
                "/api/v1/projects/{project}",
                Operation(
                    "getProject",
                    "A project.",
                    answers: [.message(ResourceResponse.self)],
                    problems: [.notFound]
                ),
                .account(project)
            ),
            Route(
                .patch,
                "/api/v1/projects/{project}",
                Operation(
                    "updateProject",
                    "Says who may see a project.",
                    body: .json(UpdateResourceRequest.self),
                    answers: [.message(ResourceResponse.self)],
                    problems: [.notFound]
                ),
                .account(updateProject)
            ),
            Route(
                .get,
                "/api/v1/datasets",
                Operation(
                    "listDatasets",
                    "The account's datasets, in the order of their names.",
                    query: [.cursor(.name), .limit],
                    answers: [.page(of: ResourceResponse.self)]
                ),
                .account(datasets)
            ),
            Route(
                .post,
                "/api/v1/datasets",
                .once(
                    "createDataset",
                    "Makes a dataset, or answers the one of that name.",
                    body: .json(CreateResourceRequest.self),
                    answers: [.message(ResourceResponse.self)]
                ),
                .account(createDataset)
            ),
            Route(
                .get,
                "/api/v1/datasets/{dataset}",
                Operation(
                    "getDataset",
                    "A dataset.",
                    answers: [.message(ResourceResponse.self)],
                    problems: [.datasetNotFound]
                ),
                .account(dataset)
            ),
            Route(
                .patch,
                "/api/v1/datasets/{dataset}",
                Operation(
                    "updateDataset",
                    "Says who may see a dataset.",
                    body: .json(UpdateResourceRequest.self),
                    answers: [.message(ResourceResponse.self)],
                    problems: [.datasetNotFound]
                ),
                .account(updateDataset)
            ),
            Route(
                .post,
                "/api/v1/datasets/{dataset}/versions",
                .once(
                    "createVersion",
                    "Makes a committed upload, or the output of a finished job, the dataset's next version.",
                    body: .json(CreateVersionRequest.self),
                    answers: [
                        .message(
                            DatasetVersionResponse.self,
                            .created,
                            "The version, whole and durable.",
                            fields: [.location]
                        )
                    ],
                    problems: [.datasetNotFound, .jobNotFound, .notFound, .conflict, .gone, .contentMismatch]
                ),
                .account(addVersion)
            ),
            Route(
                .get,
                "/api/v1/dataset-versions",
                Operation(
                    "listVersions",
                    "Versions, the newest first: of one dataset, or of all the account's.",
                    query: [.dataset, .cursor(.id), .limit],
                    answers: [.page(of: DatasetVersionResponse.self)],
                    problems: [.datasetNotFound, .invalidName]
                ),
                .account(versions)
            ),
            Route(
                .get,
                "/api/v1/dataset-versions/{version}",
                Operation(
                    "getVersion",
                    "A dataset version.",
                    answers: [.message(DatasetVersionResponse.self)],
                    problems: [.datasetNotFound]
                ),
                .account(version)
            ),
        ]
    }

    private func projects(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try .json(await data.projects(page: request.page(), as: account))
    }

    private func createProject(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let message: CreateResourceRequest = try await JSONBody.message(of: request)
        return try .json(await data.createProject(message, once: request.once(message), as: account))
    }

    private func datasets(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try .json(await data.datasets(page: request.page(), as: account))
    }

    private func createDataset(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let message: CreateResourceRequest = try await JSONBody.message(of: request)
        return try .json(await data.createDataset(message, once: request.once(message), as: account))
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
        let version = try await data.addVersion(
            to: dataset,
            message,
            once: request.once(message),
            as: account
        )
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
