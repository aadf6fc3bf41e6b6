import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import FloydTree
import HTTPTypes

/// Big files as differences: the blocks that are there, and the recipes that use them.
struct DifferenceController: Sendable {
    var differences: any DifferenceServing

    var routes: [Route] {
        [
            Route(
                .get,
                "/api/v1/dataset-versions/{version}/blocks",
                .file(
                    "getBlocks",
                    "The blocks of a version's file, for an upload that sends only what is new.",
                    "If there is no file at that path, one of that name is taken, the nearest in size.",
                    type: MediaType.blocks,
                    query: [
                        Parameter(
                            "path",
                            "The file's path in the version.",
                            .string("^[^\\u0000/]+(/[^\\u0000/]+)*$"),
                            isRequired: true
                        ),
                        Parameter("size", "Bytes of the file that is to be sent.", .count, isRequired: true),
                        Parameter(
                            "average",
                            "Bytes of a block on average: a power of two.",
                            Schema(["type": "integer", "enum": .list(Self.averages.map { .integer($0) })]),
                            isRequired: true
                        ),
                    ],
                    fields: [AnswerField("Floydlite-Block-Base", "The hash of the content whose blocks these are.")],
                    hasTag: false,
                    limits: .longAddress,
                    problems: [.datasetNotFound, .notFound]
                ),
                .account(blocks)
            ),
            Route(
                .put,
                "/api/v1/uploads/{upload}/recipe",
                Operation(
                    "putRecipe",
                    "Says how files of an upload are put together from blocks that are there.",
                    body: .bytes(MediaType.plain, "Lines of recipes."),
                    answers: [.message(UploadResponse.self, .ok, "The upload, with the shorter stream it has then.")],
                    problems: [.notFound, .conflict, .gone, .locked, .contentMismatch]
                ),
                .account(takeRecipes)
            ),
            Route(
                .get,
                "/api/v1/uploads/{upload}/recipe",
                .file(
                    "getRecipe",
                    "The recipes that were taken for an upload.",
                    type: MediaType.plain,
                    hasTag: false,
                    problems: [.notFound, .conflict, .gone]
                ),
                .account(recipes)
            ),
        ]
    }

    /// What `average` may be.
    private static let averages = sequence(first: Chunker.averages.lowerBound) { $0 * 2 }.prefix {
        $0 <= Chunker.averages.upperBound
    }

    private func blocks(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        guard let path = request.query["path"] else { throw QueryParameters.wrong("path", "is missing") }
        guard let size: Int64 = try request.query.integer("size"), size >= 0 else {
            throw QueryParameters.wrong("size", "is missing or negative")
        }
        guard let average: Int = try request.query.integer("average") else {
            throw QueryParameters.wrong("average", "is missing")
        }
        let list = try await differences.blocks(
            of: request.reference(),
            BlockRequest(path: path, size: size, average: average),
            as: account
        )
        let file = try await FileResponse.open(list.path)
        return FileResponse.answer(
            descriptor: file.descriptor,
            size: file.size,
            to: request,
            [.contentType: MediaType.blocks, .cacheControl: "no-store", .blockBase: list.base]
        )
    }

    private func takeRecipes(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let body = BodySource.of(request.http.body, limit: BodySource.recipesLimit)
        return try .json(await differences.takeRecipes(request.id(), body, as: account))
    }

    private func recipes(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let id = try request.id()
        guard let path = try await differences.recipes(in: id, as: account) else {
            throw FloydError(.notFound, "the upload \(id) has no recipes", hint: "All of what is missing is sent.")
        }
        let file = try await FileResponse.open(path)
        return FileResponse.answer(
            descriptor: file.descriptor,
            size: file.size,
            to: request,
            [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"]
        )
    }
}
