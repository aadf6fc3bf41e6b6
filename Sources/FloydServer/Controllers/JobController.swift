import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes

/// Jobs: submitting, listing, showing, stopping.
struct JobController: Sendable {
    var jobs: any JobServing

    var routes: [Route] {
        [
            Route(.get, "/api/v1/jobs", query: ["project", "cursor", "limit"], .account(list)),
            Route(.post, "/api/v1/jobs", .account(submit)),
            Route(.get, "/api/v1/jobs/{job}", .account(show)),
            Route(.post, "/api/v1/jobs/{job}/stop", .account(stop)),
            Route(.post, "/api/v1/projects/{project}/stop", .account(stopAll)),
        ]
    }

    private func list(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let project = try request.query["project"].map { text throws(FloydError) in try Name(text) }
        return try .json(await jobs.jobs(project: project, page: request.page(), as: account))
    }

    private func submit(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let job = try await jobs.submit(try await JSONBody.message(of: request), as: account)
        return try .json(job, status: .created, [.location: APIPath.job(Reference(.id(job.id)))])
    }

    private func show(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try .json(await jobs.job(request.reference(), as: account))
    }

    private func stop(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let wish: StopJobRequest? = try await JSONBody.messageIfAny(of: request)
        let job = try await jobs.stop(request.reference(), grace: wish?.grace, as: account)
        return try .json(job, status: .accepted)
    }

    private func stopAll(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let project = try request.reference()
        let wish: StopJobRequest? = try await JSONBody.messageIfAny(of: request)
        let stopped = try await jobs.stopAll(of: project, grace: wish?.grace, as: account)
        return try .json(ListResponse(items: stopped), status: .accepted)
    }
}
