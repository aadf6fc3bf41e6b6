import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes

/// Uploads: a manifest, what is missing of it, the bytes, the commit.
struct UploadController: Sendable {
    var uploads: any UploadServing

    var routes: [Route] {
        [
            Route(.post, "/api/v1/uploads", .account(begin)),
            Route(.options, "/api/v1/uploads", .account(options)),
            Route(.get, "/api/v1/uploads/{upload}", .account(show)),
            Route(.head, "/api/v1/uploads/{upload}", .account(offset)),
            Route(.patch, "/api/v1/uploads/{upload}", .account(receive)),
            Route(.delete, "/api/v1/uploads/{upload}", .account(cancel)),
            Route(.options, "/api/v1/uploads/{upload}", .account(options)),
            Route(.get, "/api/v1/uploads/{upload}/missing", .account(missing)),
            Route(.post, "/api/v1/uploads/{upload}/commit", .account(commit)),
        ]
    }

    private func begin(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try MediaTypeField.require(MediaType.jsonLines, of: request)
        let manifest = BodySource.of(request.http.body, limit: BodySource.manifestLimit)
        let upload = try await uploads.begin(manifest: manifest, as: account)
        return try .json(
            upload,
            status: .created,
            [.location: APIPath.upload(upload.id), .tusResumable: Tus.version]
        )
    }

    private func options(_ request: RoutedRequest, as account: Account) -> HTTPServerResponse {
        HTTPServerResponse(
            status: .noContent,
            headerFields: [.tusVersion: Tus.version, .tusExtension: Tus.extensions, .tusResumable: Tus.version]
        )
    }

    private func show(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try .json(await uploads.upload(request.id(), as: account))
    }

    private func offset(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try Tus.checkVersion(of: request, isRequired: false)
        let upload = try await uploads.upload(request.id(), as: account)
        return HTTPServerResponse(
            status: .ok,
            headerFields: [
                .uploadOffset: "\(upload.offset)",
                .uploadLength: "\(upload.length)",
                .cacheControl: "no-store",
                .tusResumable: Tus.version,
            ]
        )
    }

    private func receive(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try Tus.checkVersion(of: request, isRequired: true)
        try MediaTypeField.require(MediaType.offsetOctetStream, of: request)
        let id = try request.id()
        let offset = try Tus.offset(of: request)
        // The service knows how much is missing and takes no more.
        let body = BodySource.of(request.http.body, limit: .max)
        let durable = try await uploads.receive(
            id,
            at: offset,
            length: request.http.body.declaredLength,
            body: body,
            as: account
        )
        return HTTPServerResponse(
            status: .noContent,
            headerFields: [.uploadOffset: "\(durable)", .tusResumable: Tus.version]
        )
    }

    private func cancel(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try Tus.checkVersion(of: request, isRequired: false)
        try await uploads.cancel(request.id(), as: account)
        return HTTPServerResponse(status: .noContent, headerFields: [.tusResumable: Tus.version])
    }

    private func missing(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let file = try await FileResponse.open(try await uploads.missing(in: request.id(), as: account))
        return FileResponse.answer(
            descriptor: file.descriptor,
            size: file.size,
            to: request,
            [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"]
        )
    }

    private func commit(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let hashes = BodySource.of(request.http.body, limit: BodySource.hashesLimit)
        return try .json(await uploads.commit(request.id(), hashes: hashes, as: account))
    }
}
