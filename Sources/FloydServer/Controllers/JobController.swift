import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes

/// Jobs: submitting, listing, showing, stopping, deleting.
struct JobController: Sendable {
    var jobs: any JobServing

    var routes: [Route] {
        [
            Route(
                .get,
                "/api/v1/jobs",
                Operation(
                    "listJobs",
                    "Jobs, the newest first: of one project that the account may see, or all the account's.",
                    query: [.project, .cursor(.id), .limit],
                    answers: [.page(of: JobResponse.self)],
                    problems: [.notFound, .jobNotFound, .invalidName]
                ),
                .account(list)
            ),
            Route(
                .post,
                "/api/v1/jobs",
                .once(
                    "submitJob",
                    "Puts a job at the end of the queue.",
                    body: .json(SubmitJobRequest.self),
                    answers: [
                        .message(JobResponse.self, .created, "The job, durably queued.", fields: [.location])
                    ],
                    problems: [
                        .datasetNotFound, .jobNotFound, .notFound, .conflict, .gone, .invalidName,
                        .environmentNotFound, .instanceTypeNotFound, .instanceTypeUnavailable, .isolationUnavailable,
                        .environmentUnavailable,
                    ]
                ),
                .account(submit)
            ),
            Route(
                .get,
                "/api/v1/jobs/{job}",
                Operation("getJob", "A job.", answers: [.message(JobResponse.self)], problems: [.jobNotFound]),
                .account(show)
            ),
            Route(
                .delete,
                "/api/v1/jobs/{job}",
                Operation(
                    "deleteJob",
                    "Deletes a job that has ended and is named by its number or id, with its code, logs and results.",
                    answers: [.empty(.noContent, "It is gone.")],
                    problems: [.jobNotFound, .conflict]
                ),
                .account(delete)
            ),
            Route(
                .post,
                "/api/v1/jobs/{job}/restart",
                .once(
                    "restartJob",
                    "Puts a job at the end of the queue that is as one was that has ended, but for what the request says.",
                    body: .json(RestartJobRequest.self, isRequired: false),
                    answers: [
                        .message(JobResponse.self, .created, "The new job, durably queued.", fields: [.location])
                    ],
                    problems: [
                        .datasetNotFound, .jobNotFound, .notFound, .conflict, .gone, .environmentNotFound,
                        .instanceTypeNotFound, .instanceTypeUnavailable, .isolationUnavailable,
                        .environmentUnavailable,
                    ]
                ),
                .account(restart)
            ),
            Route(
                .post,
                "/api/v1/jobs/{job}/stop",
                Operation(
                    "stopJob",
                    "Stops a job that waits or runs.",
                    body: .json(StopJobRequest.self, isRequired: false),
                    answers: [.message(JobResponse.self, .accepted, "The wish is stored; the job as it is now.")],
                    problems: [.jobNotFound, .conflict]
                ),
                .account(stop)
            ),
            Route(
                .post,
                "/api/v1/projects/{project}/stop",
                Operation(
                    "stopProject",
                    "Stops whatever waits or runs of a project.",
                    body: .json(StopJobRequest.self, isRequired: false),
                    answers: [.message(StoppedJobs.self, .accepted, "The jobs that are stopped, the first one first.")],
                    problems: [.notFound]
                ),
                .account(stopAll)
            ),
        ]
    }

    private func list(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let project = try request.query["project"].map { text throws(FloydError) in try Reference(parsing: text) }
        return try .json(await jobs.jobs(project: project, page: request.page(), as: account))
    }

    private func submit(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let message: SubmitJobRequest = try await JSONBody.message(of: request)
        let job = try await jobs.submit(message, once: request.once(message), as: account)
        return try .json(job, status: .created, [.location: APIPath.job(Reference(.id(job.id)))])
    }

    private func show(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try .json(await jobs.job(request.reference(), as: account))
    }

    private func delete(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try await jobs.delete(job: request.reference(), as: account)
        return HTTPServerResponse(status: .noContent)
    }

    private func restart(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let reference = try request.reference()
        let message = try await JSONBody.messageIfAny(of: request) ?? RestartJobRequest()
        let job = try await jobs.restart(reference, message, once: request.once(message), as: account)
        return try .json(job, status: .created, [.location: APIPath.job(Reference(.id(job.id)))])
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
