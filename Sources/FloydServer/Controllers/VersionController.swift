import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import FoundationEssentials
import HTTPTypes

/// What is done to versions that are there: deleting and verifying.
struct VersionController: Sendable {
    var versions: any VersionServing

    var routes: [Route] {
        [
            Route(
                .delete,
                "/api/v1/dataset-versions/{version}",
                Operation(
                    "deleteVersion",
                    "Deletes a version that is named by its number or id.",
                    answers: [.empty(.noContent, "It is gone.")],
                    problems: [.datasetNotFound, .conflict]
                ),
                .account(delete)
            ),
            Route(
                .post,
                "/api/v1/dataset-versions/{version}/verify",
                Operation(
                    "verifyVersion",
                    "Hashes all files of a version again.",
                    "Lines of VerifyLine: how far it is, what is damaged, and on the last one the result.",
                    answers: [.lines(VerifyMessage.self, "Lines, as the files are read.")],
                    problems: [.datasetNotFound]
                ),
                .account(verify)
            ),
        ]
    }

    private func delete(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try await versions.delete(request.reference(), as: account)
        return HTTPServerResponse(status: .noContent)
    }

    private func verify(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let messages = try await versions.verify(request.reference(), as: account)
        return HTTPServerResponse(
            status: .ok,
            headerFields: [.contentType: MediaType.jsonLines, .cacheControl: "no-store", .buffering: "no"],
            body: .stream(length: nil) { writer in
                // A client that leaves is noticed by the next line, and ends it all.
                for await message in messages {
                    if writer.isStopping { return }
                    try await writer.write([UInt8](MessageCoding.encode(message)) + [UInt8(ascii: "\n")])
                }
            }
        )
    }
}
