import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import FloydTree
import HTTPTypes

/// Uploads: a manifest, what is missing of it, the bytes, the commit. Or, as tus has them, an archive's length and its bytes.
struct UploadController: Sendable {
    var uploads: any UploadServing
    var archives: any ArchiveServing
    /// Bytes of contents that came.
    var received: Counter

    var routes: [Route] {
        [
            Route(
                .get,
                "/api/v1/uploads",
                Operation(
                    "listUploads",
                    "The account's uploads that aren't committed, the newest first.",
                    """
                    They count for its quota until they are committed, given up with DELETE, or expire. Of one that is being sent `offset` may be behind. \
                    One whose `state` is `failed` is only to be given up.
                    """,
                    query: [.cursor(.id), .limit],
                    answers: [.page(of: UploadResponse.self)]
                ),
                .account(list)
            ),
            Route(.post, "/api/v1/uploads", Self.beginning, .account(begin)),
            Route(.options, "/api/v1/uploads", .tusOptions("getUploadOptions"), .account(options)),
            Route(
                .get,
                "/api/v1/uploads/{upload}",
                Operation(
                    "getUpload",
                    "An upload.",
                    answers: [.message(UploadResponse.self)],
                    problems: [.notFound, .gone]
                ),
                .account(show)
            ),
            Route(
                .head,
                "/api/v1/uploads/{upload}",
                Operation(
                    "getUploadOffset",
                    "How far an upload is (tus).",
                    fields: [.tusResumable],
                    answers: [
                        .empty(
                            .ok,
                            "Where the next PATCH begins.",
                            fields: [
                                .tusResumable, .uploadOffset, .uploadExpires,
                                AnswerField("Upload-Length", "Bytes of the stream.", .string("^[0-9]+$")),
                                AnswerField("Upload-Metadata", "As it was sent.", isRequired: false),
                            ]
                        )
                    ],
                    problems: [.notFound, .gone, .unsupportedVersion]
                ),
                .account(offset)
            ),
            Route(
                .patch,
                "/api/v1/uploads/{upload}",
                Operation(
                    "sendContent",
                    "Sends bytes of an upload (tus).",
                    """
                    What came is kept, also if the connection breaks. With the last byte of an archive the version is made. Clients that can't send \
                    PATCH say it in X-HTTP-Method-Override.
                    """,
                    fields: [
                        .tusResumableRequired,
                        Parameter(
                            "Upload-Offset",
                            "Where these bytes begin.",
                            .string("^[0-9]{1,18}$"),
                            isRequired: true
                        ),
                    ],
                    body: .bytes(MediaType.offsetOctetStream, "Bytes of the stream from the offset on."),
                    answers: [
                        .empty(
                            .noContent,
                            "So far it is durable.",
                            fields: [.tusResumable, .uploadOffset, .uploadExpires]
                        )
                    ],
                    problems: [
                        .notFound, .datasetNotFound, .gone, .conflict, .offsetMismatch, .locked, .contentMismatch,
                        .unsupportedVersion, .unsupportedMediaType,
                    ]
                ),
                .account(receive)
            ),
            Route(
                .delete,
                "/api/v1/uploads/{upload}",
                Operation(
                    "deleteUpload",
                    "Gives an upload up (tus): what came of it goes, and it no longer counts for the quota.",
                    fields: [.tusResumable],
                    answers: [.empty(.noContent, "It is gone.", fields: [.tusResumable])],
                    problems: [.notFound, .conflict, .locked, .unsupportedVersion]
                ),
                .account(cancel)
            ),
            Route(.options, "/api/v1/uploads/{upload}", .tusOptions("getOptionsOfUpload"), .account(options)),
            Route(
                .get,
                "/api/v1/uploads/{upload}/missing",
                .file(
                    "getMissing",
                    "The manifest lines, counted from 0, whose contents are to be sent, in their order.",
                    type: MediaType.plain,
                    hasTag: false,
                    problems: [.notFound, .gone, .conflict]
                ),
                .account(missing)
            ),
            Route(
                .post,
                "/api/v1/uploads/{upload}/commit",
                Operation(
                    "commitUpload",
                    "Makes the tree of an upload whole and durable.",
                    body: .bytes(
                        MediaType.jsonLines,
                        isRequired: false,
                        "Hashes (`content_hash` of getServer) in hexadecimal digits, a line each, of the files whose manifest lines had none."
                    ),
                    answers: [.message(UploadResponse.self)],
                    problems: [.notFound, .gone, .conflict, .locked, .contentMismatch]
                ),
                .account(commit)
            ),
        ]
    }

    private static let beginning = Operation.once(
        "beginUpload",
        "Begins an upload: of a tree, with its manifest; or, as tus has it, of an archive, with its length.",
        """
        With `Upload-Length` and `Upload-Metadata` the upload is an archive and the request has no content. `Upload-Metadata` has the keys \
        `dataset`, and perhaps `filename` and `message`; the archive becomes a version of the dataset.
        """,
        query: [
            Parameter(
                "base",
                "The digest of a tree of the account's, from which the content says what is different.",
                .string(digestPattern)
            ),
            Parameter("tree", "The digest of the tree that is made of `base` so.", .string(digestPattern)),
        ],
        fields: [
            .tusResumable,
            Parameter("Upload-Length", "Bytes of the archive.", .string("^[0-9]{1,18}$")),
            Parameter("Upload-Metadata", "Pairs of a key and the base64 of a value (tus 1.0, Creation).", .string),
        ],
        body: RequestContent(
            content: [(MediaType.jsonLines, nil), (MediaType.manifestChanges, nil)],
            isRequired: false,
            description: """
                The manifest: a line for each entry, in the order of the paths' bytes. Of changes, which `base` and `tree` belong to, a line for each entry \
                that is new or another one, and `{"path":"…","removed":true}` for each that is gone.
                """
        ),
        limits: .withMetadata,
        answers: [
            .message(
                UploadResponse.self,
                .created,
                "The upload; of a tree that is there already, committed.",
                fields: [.location, .tusResumable, .uploadExpires]
            )
        ],
        problems: [
            .conflict, .datasetNotFound, .notFound, .invalidName, .contentMismatch, .baseMismatch,
            .unsupportedVersion, .unsupportedMediaType,
        ]
    )

    private static let digestPattern = "^[0-9a-f]{64}$"

    /// - Throws: `invalidRequest` for what is no digest, and for one of the two without the other.
    private static func base(_ request: RoutedRequest) throws(FloydError) -> ManifestBase? {
        let query = request.query
        let isWhole = query["base"] == nil && query["tree"] == nil
        try MediaTypeField.require(isWhole ? MediaType.jsonLines : MediaType.manifestChanges, of: request)
        if isWhole { return nil }
        func digest(_ name: String) throws(FloydError) -> [UInt8] {
            guard let text = query[name] else { throw QueryParameters.wrong(name, "is missing") }
            guard let bytes = Hex.bytes(Array(text.utf8)), bytes.count == FileHasher.length else {
                throw QueryParameters.wrong(name, "is not 64 lowercase hexadecimal digits")
            }
            return bytes
        }
        return ManifestBase(base: try digest("base"), result: try digest("tree"))
    }

    private func begin(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        if TusCreation.isAsked(by: request) { return try await create(request, as: account) }
        let base = try Self.base(request)
        let manifest = BodySource.of(request.http.body, limit: BodySource.manifestLimit)
        let once = try request.once(manifest)
        let upload = try await uploads.begin(
            manifest: once?.source ?? manifest,
            from: base,
            once: once?.key,
            as: account
        )
        return try created(upload)
    }

    private func create(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try Tus.checkVersion(of: request, isRequired: true)
        let creation = try TusCreation(request)
        let upload = try await archives.begin(
            creation.archive,
            length: creation.length,
            once: request.once("\(creation.length) \(creation.archive.metadata ?? "")"),
            as: account
        )
        return try created(upload)
    }

    private func created(_ upload: UploadResponse) throws -> HTTPServerResponse {
        var fields = Tus.fields(upload)
        fields[.location] = APIPath.upload(upload.id)
        return try .json(upload, status: .created, fields)
    }

    private func options(_ request: RoutedRequest, as account: Account) throws -> HTTPServerResponse {
        if !request.parameters.isEmpty { _ = try request.id() }
        return HTTPServerResponse(
            status: .noContent,
            headerFields: [
                .tusVersion: Tus.version, .tusExtension: Tus.extensions, .tusResumable: Tus.version,
                .tusMaxSize: "\(archives.maximumSize)",
            ]
        )
    }

    private func list(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try .json(await uploads.uploads(page: request.page(), as: account))
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
        let body = BodySource.stream(request.http.body, limit: .max, counting: received)
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
