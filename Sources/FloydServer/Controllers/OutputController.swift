import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes
import Logging

/// What a job left behind. All of it is hostile: it is sent to be saved, never to be shown.
struct OutputController: Sendable {
    /// Should a browser show a file in spite of all, it runs nothing, loads nothing and belongs to no origin.
    static let contentSecurityPolicy = "sandbox; default-src 'none'"

    var outputs: any OutputServing
    var jobs: any JobServing
    var logger: Logger

    var routes: [Route] {
        [
            Route(
                .get,
                "/api/v1/jobs/{job}/output",
                Operation(
                    "listOutput",
                    "What a job left in /output, in the order of the paths.",
                    query: [.cursor(.string("^[^/]", length: 1...4_096)), .limit],
                    limits: .longAddress,
                    answers: [.message(OutputResponse.self)],
                    problems: [.jobNotFound, .gone]
                ),
                .account(list)
            ),
            Route(
                .delete,
                "/api/v1/jobs/{job}/output",
                Operation(
                    "deleteOutput",
                    "Deletes what a job left in /output that has ended and is named by its number or id. All else of it stays.",
                    answers: [.empty(.noContent, "It is gone.")],
                    problems: [.jobNotFound, .conflict, .gone]
                ),
                .account(delete)
            ),
            Route(
                .get,
                "/api/v1/jobs/{job}/output/{path...}",
                .file(
                    "getOutput",
                    "A file that a job left in /output.",
                    type: MediaType.octetStream,
                    fields: [.disposition],
                    limits: .longAddress,
                    problems: [.jobNotFound, .notFound, .gone]
                ),
                .account(file)
            ),
            Route(
                .get,
                "/api/v1/jobs/{job}/output.tar",
                .archive(
                    "getOutputTar",
                    "What a job left in /output, as a tar archive.",
                    type: MediaType.tar,
                    problems: [.jobNotFound, .notFound, .gone, .tooLarge]
                ),
                .account { try await archive($0, .tar, as: $1) }
            ),
            Route(
                .get,
                "/api/v1/jobs/{job}/output.zip",
                .archive(
                    "getOutputZip",
                    "What a job left in /output, as a zip archive.",
                    type: MediaType.zip,
                    problems: [.jobNotFound, .notFound, .gone, .tooLarge]
                ),
                .account { try await archive($0, .zip, as: $1) }
            ),
        ]
    }

    private func list(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try .json(await outputs.list(request.reference(), page: request.page(), as: account))
    }

    private func delete(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try await jobs.deleteOutput(of: request.reference(), as: account)
        return HTTPServerResponse(status: .noContent)
    }

    private func archive(
        _ request: RoutedRequest,
        _ format: ArchiveFormat,
        as account: Account
    ) async throws -> HTTPServerResponse {
        let archive = try await outputs.archive(of: request.reference(), as: format, asking: account)
        return ArchiveResponse.make(archive, format, logger)
    }

    private func file(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let job = try request.reference()
        let file = try await outputs.open(try request.path(from: 1), of: job, as: account)
        return FileResponse.answer(
            descriptor: file.descriptor,
            size: file.size,
            to: request,
            tag: file.validator.map(EntityTag.init),
            [
                .contentType: MediaType.octetStream,
                .contentDisposition: ContentDisposition.attachment(file.name),
                .contentSecurityPolicy: Self.contentSecurityPolicy,
                .cacheControl: "no-store",
            ]
        )
    }
}
