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
            Route(.put, "/api/v1/datasets/{dataset}/archives/{filename}", query: ["message"], .account(put)),
            // What comes from a pipe has no name.
            Route(.put, "/api/v1/datasets/{dataset}/archives/", query: ["message"], .account(put)),
        ]
    }

    private func put(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let archive = NewArchive(
            dataset: request.parameters[0],
            filename: request.parameters.count > 1 ? request.parameters[1] : nil,
            message: request.query["message"]
        )
        let body = BodySource.of(request.http.body, limit: archives.maximumSize, counting: received)
        let version = try await archives.put(archive, length: request.http.body.declaredLength, body: body, as: account)
        return try .json(version, status: .created, [.location: APIPath.datasetVersion(Reference(.id(version.id)))])
    }
}
