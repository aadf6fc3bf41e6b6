import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes

/// Uploads: a manifest, what is missing of it, the bytes, the commit. Or, as tus has them, an archive's length and its bytes.
struct UploadController: Sendable {
    var uploads: any UploadServing
    var archives: any ArchiveServing
    /// Bytes of contents that came.
    var received: Counter

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
        if TusCreation.isAsked(by: request) { return try await create(request, as: account) }
        try MediaTypeField.require(MediaType.jsonLines, of: request)
        let manifest = BodySource.of(request.http.body, limit: BodySource.manifestLimit)
        let upload = try await uploads.begin(manifest: manifest, as: account)
        return try created(upload)
    }

    private func create(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try Tus.checkVersion(of: request, isRequired: true)
        let creation = try TusCreation(request)
        return try created(await archives.begin(creation.archive, length: creation.length, as: account))
    }

    private func created(_ upload: UploadResponse) throws -> HTTPServerResponse {
        var fields = Tus.fields(upload)
        fields[.location] = APIPath.upload(upload.id)
        return try .json(upload, status: .created, fields)
    }

    private func options(_ request: RoutedRequest, as account: Account) -> HTTPServerResponse {
        HTTPServerResponse(
            status: .noContent,
            headerFields: [
                .tusVersion: Tus.version, .tusExtension: Tus.extensions, .tusResumable: Tus.version,
                .tusMaxSize: "\(archives.maximumSize)",
            ]
        )
    }

    private func show(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try .json(await uploads.upload(request.id(), as: account))
    }

    private func offset(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try Tus.checkVersion(of: request, isRequired: false)
        let upload = try await uploads.upload(request.id(), as: account)
        var fields = Tus.fields(upload)
        fields[.uploadOffset] = "\(upload.offset)"
        fields[.uploadLength] = "\(upload.length)"
        fields[.uploadMetadata] = upload.archive?.metadata
        fields[.cacheControl] = "no-store"
        return HTTPServerResponse(status: .ok, headerFields: fields)
    }

    private func receive(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try Tus.checkVersion(of: request, isRequired: true)
        try MediaTypeField.require(MediaType.offsetOctetStream, of: request)
        let id = try request.id()
        let offset = try Tus.offset(of: request)
        // The service knows how much is missing and takes no more.
        let body = BodySource.of(request.http.body, limit: .max, counting: received)
        let durable = try await uploads.receive(
            id,
            at: offset,
            length: request.http.body.declaredLength,
            body: body,
            as: account
        )
        // The last byte of an archive is answered when the version is there, or why it can't be.
        let settled = try await archives.settle(id, as: account)
        let upload = if let settled { settled } else { try await uploads.upload(id, as: account) }
        var fields = Tus.fields(upload)
        fields[.uploadOffset] = "\(durable)"
        return HTTPServerResponse(status: .noContent, headerFields: fields)
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
        if let settled = try await archives.settle(request.id(), as: account) { return try .json(settled) }
        let hashes = BodySource.of(request.http.body, limit: BodySource.hashesLimit)
        return try .json(await uploads.commit(request.id(), hashes: hashes, as: account))
    }
}
