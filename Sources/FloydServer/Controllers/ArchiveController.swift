import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes

/// Archives that come in one request, as `curl -T` sends them.
struct ArchiveController: Sendable {
    var archives: any ArchiveServing
    /// Bytes that came.
    var received: Counter

    var routes: [Route] {
        [
            Route(.put, "/api/v1/datasets/{dataset}/archives/{filename}", operation("putArchive"), .account(put)),
            // What comes from a pipe has no name.
            Route(.put, "/api/v1/datasets/{dataset}/archives/", operation("putNamelessArchive"), .account(put)),
        ]
    }

    private func operation(_ id: String) -> Operation {
        .once(
            id,
            "Makes a tar or zip archive the next version of a dataset.",
            """
            The dataset is made if there is none of that name. Archives may be compressed; of whatever media type. With an `Idempotency-Key` that came before, \
            the content is read and compared with what came then: if all is the same, the answer is the version that was made, else the key is \
            `idempotency_key_reused`.
            """,
            query: [Parameter("message", "What the version is about.", .string("^[^\\u0000]*$"))],
            body: .bytes(MediaType.octetStream, "The archive, of a known length or chunked."),
            limits: .longAddress,
            answers: [
                .message(
                    DatasetVersionResponse.self,
                    .created,
                    "The version, whole and durable.",
                    fields: [.location]
                )
            ],
            problems: [.datasetNotFound, .conflict]
        )
    }

    private func put(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let archive = NewArchive(
            dataset: request.parameters[0],
            filename: request.parameters.count > 1 ? request.parameters[1] : nil,
            message: request.query["message"]
        )
        let body = BodySource.of(request.http.body, limit: archives.maximumSize, counting: received)
        let once = try request.once(body)
        let version = try await archives.put(
            archive,
            length: request.http.body.declaredLength,
            once: once?.key,
            body: once?.source ?? body,
            as: account
        )
        return try .json(version, status: .created, [.location: APIPath.datasetVersion(Reference(.id(version.id)))])
    }
}
