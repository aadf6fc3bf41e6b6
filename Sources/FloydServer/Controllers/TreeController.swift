import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes
import Logging

/// The files of dataset versions and of jobs' code: the manifest, single files, all their bytes in one stream, and archives. They are people's
/// own: sent to be saved, never to be shown.
struct TreeController: Sendable {
    var trees: any TreeServing
    var logger: Logger

    var routes: [Route] {
        routes(below: "/api/v1/dataset-versions/{version}", "Version", "a version", .datasetNotFound) { .version($0) }
            + routes(below: "/api/v1/jobs/{job}/code", "Code", "a job's code", .jobNotFound) { .code(job: $0) }
    }

    /// - Parameters:
    ///   - word: what operations are called after.
    ///   - name: what people call the tree.
    ///   - absence: the code for one that isn't there.
    private func routes(
        below base: String,
        _ word: String,
        _ name: String,
        _ absence: FloydError.Code,
        _ source: @escaping @Sendable (Reference) -> TreeSource
    ) -> [Route] {
        typealias Answer = @Sendable (StoredTree, RoutedRequest) async throws -> HTTPServerResponse
        func route(_ path: String, _ operation: Operation, _ answer: @escaping Answer) -> Route {
            Route(
                .get,
                RouteTemplate(stringLiteral: "\(base)/\(path)"),
                operation,
                .account { request, account in
                    try await answer(trees.tree(source(try request.reference()), as: account), request)
                }
            )
        }
        return [
            route(
                "manifest",
                .file(
                    "get\(word)Manifest",
                    "All entries of \(name) with their hashes, a line each.",
                    type: MediaType.jsonLines,
                    fields: [.disposition],
                    problems: [absence]
                ),
                manifest
            ),
            route(
                "files/{path...}",
                .file(
                    "get\(word)File",
                    "A file of \(name).",
                    type: MediaType.octetStream,
                    fields: [.disposition],
                    limits: .longAddress,
                    problems: [absence, .notFound]
                ),
                file
            ),
            route(
                "contents",
                .file(
                    "get\(word)Contents",
                    "The bytes of all files of \(name), one after another in the order of the manifest.",
                    type: MediaType.octetStream,
                    fields: [.disposition],
                    problems: [absence]
                ),
                contents
            ),
            route(
                "archive.tar",
                .archive("get\(word)Tar", "All of \(name), as a tar archive.", type: MediaType.tar, problems: [absence])
            ) { tree, _ in try await archive(tree, .tar) },
            route(
                "archive.zip",
                .archive("get\(word)Zip", "All of \(name), as a zip archive.", type: MediaType.zip, problems: [absence])
            ) { tree, _ in try await archive(tree, .zip) },
        ]
    }

    /// What stands in the head of every answer with content.
    private static func fields(_ type: String, _ name: String) -> HTTPFields {
        [
            .contentType: type,
            .contentDisposition: ContentDisposition.attachment(name),
            .contentSecurityPolicy: OutputController.contentSecurityPolicy,
            .xContentTypeOptions: "nosniff",
            // It never changes, but who may see it does.
            .cacheControl: "private, no-cache",
        ]
    }

    private func manifest(_ tree: StoredTree, _ request: RoutedRequest) async throws -> HTTPServerResponse {
        answer(try await trees.manifest(of: tree), MediaType.jsonLines, to: request)
    }

    private func file(_ tree: StoredTree, _ request: RoutedRequest) async throws -> HTTPServerResponse {
        answer(try await trees.file(request.path(from: 1), in: tree), MediaType.octetStream, to: request)
    }

    private func answer(_ file: OpenedFile, _ type: String, to request: RoutedRequest) -> HTTPServerResponse {
        FileResponse.answer(
            descriptor: file.descriptor,
            size: file.size,
            to: request,
            tag: file.validator.map(EntityTag.init),
            Self.fields(type, file.name)
        )
    }

    private func contents(_ tree: StoredTree, _ request: RoutedRequest) async throws -> HTTPServerResponse {
        let decision = RangedAnswer.decide(
            size: tree.bytes,
            tag: EntityTag(tree.validator),
            for: request,
            Self.fields(MediaType.octetStream, "\(tree.name).contents")
        )
        switch decision {
        case .other(let response):
            return response
        case .content(let status, let fields, let range):
            // Nothing of a HEAD's content is looked for.
            guard !range.isEmpty, request.http.method != .head else {
                return HTTPServerResponse(
                    status: status,
                    headerFields: fields,
                    body: .stream(length: Int64(range.count)) { _ in }
                )
            }
            let source = try await trees.contents(of: tree, in: range)
            return HTTPServerResponse(
                status: status,
                headerFields: fields,
                body: .stream(length: Int64(range.count)) { writer in
                    try await logger.noting("contents broke off") {
                        while let piece = try await source() {
                            switch piece {
                            case .bytes(let bytes):
                                try await writer.write(bytes)
                            case .file(let descriptor, let offset, let length):
                                try await writer.write(
                                    FileRegion(descriptor: descriptor, offset: offset, length: length)
                                )
                            }
                        }
                    }
                }
            )
        }
    }

    private func archive(_ tree: StoredTree, _ format: ArchiveFormat) async throws -> HTTPServerResponse {
        ArchiveResponse.make(try await trees.archive(of: tree, as: format), format, logger)
    }
}

/// An archive as an answer: made while it is sent, of a length that nobody knows, to be saved.
enum ArchiveResponse {
    static func make(_ archive: OpenedArchive, _ format: ArchiveFormat, _ logger: Logger) -> HTTPServerResponse {
        let type =
            switch format {
            case .tar: MediaType.tar
            case .zip: MediaType.zip
            }
        return HTTPServerResponse(
            status: .ok,
            headerFields: [
                .contentType: type,
                .contentDisposition: ContentDisposition.attachment(archive.name),
                .contentSecurityPolicy: OutputController.contentSecurityPolicy,
                .xContentTypeOptions: "nosniff",
                .acceptRanges: "none",
                .cacheControl: "no-store",
            ],
            body: .stream(length: nil) { writer in
                try await logger.noting("an archive broke off") {
                    while let bytes = try await archive.source() { try await writer.write(bytes) }
                }
            }
        )
    }
}

extension Logger {
    /// Runs `body`, and writes down why it failed, unless it is for the sake of the client, who sees no more than that its connection is cut.
    fileprivate func noting(_ event: Message, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as HTTPBodyError {
            throw error
        } catch {
            self.error(event, metadata: ["error": "\(error)"])
            throw error
        }
    }
}
