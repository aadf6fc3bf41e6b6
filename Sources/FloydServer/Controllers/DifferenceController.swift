import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes

/// Big files as differences: the blocks that are there, and the recipes that use them.
struct DifferenceController: Sendable {
    var differences: any DifferenceServing

    var routes: [Route] {
        [
            Route(
                .get,
                "/api/v1/dataset-versions/{version}/blocks",
                query: ["path", "size", "average"],
                .account(blocks)
            ),
            Route(.put, "/api/v1/uploads/{upload}/recipe", .account(takeRecipes)),
            Route(.get, "/api/v1/uploads/{upload}/recipe", .account(recipes)),
        ]
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
