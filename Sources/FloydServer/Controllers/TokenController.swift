import FloydAPI
import FloydCore
import FloydHTTP
import FloydModel
import HTTPTypes

/// Tokens of accounts.
struct TokenController: Sendable {
    var accounts: any AccountServing

    var routes: [Route] {
        [
            Route(
                .get,
                "/api/v1/tokens",
                Operation(
                    "listTokens",
                    "The account's tokens and sessions, the newest first; for administrators, another account's.",
                    query: [.user, .cursor(.id), .limit],
                    answers: [.page(of: TokenResponse.self)],
                    problems: [.forbidden, .notFound, .invalidName]
                ),
                .account(list)
            ),
            Route(
                .post,
                "/api/v1/tokens",
                .once(
                    "createToken",
                    "Makes a token for the account. It is shown in this answer and never again.",
                    "No two live tokens of an account have the same name.",
                    key: .tokenKey,
                    body: .json(CreateTokenRequest.self),
                    answers: [.message(CreatedTokenResponse.self, .created, "The token.", fields: [.location])],
                    problems: [.alreadyExists, .conflict, .alreadyDone]
                ),
                .account(create)
            ),
            Route(
                .get,
                "/api/v1/tokens/{token}",
                Operation(
                    "getToken",
                    "A token of the account, without what makes it one.",
                    answers: [.message(TokenResponse.self)],
                    problems: [.notFound]
                ),
                .account(show)
            ),
            Route(
                .delete,
                "/api/v1/tokens/{token}",
                Operation(
                    "revokeToken",
                    "Makes a token worthless, and the sessions that were begun with it.",
                    answers: [.empty(.noContent, "It is.")],
                    problems: [.notFound]
                ),
                .account(revoke)
            ),
        ]
    }

    private func list(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let user = try request.query["user"].map { text throws(FloydError) in try Name(text) }
        return try .json(await accounts.tokens(of: user, page: request.page(), as: Self.login(request, account)))
    }

    private func create(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        let message: CreateTokenRequest = try await JSONBody.message(of: request)
        let created = try await accounts.createToken(
            message,
            once: request.once(message),
            as: Self.login(request, account)
        )
        return try .json(created, status: .created, [.location: APIPath.token(created.about.id)])
    }

    private func show(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try .json(await accounts.token(Self.choice(request), as: Self.login(request, account)))
    }

    private func revoke(_ request: RoutedRequest, as account: Account) async throws -> HTTPServerResponse {
        try await accounts.revokeToken(Self.choice(request), as: Self.login(request, account))
        return HTTPServerResponse(status: .noContent)
    }

    private static func choice(_ request: RoutedRequest) throws(FloydError) -> TokenChoice {
        // No id is that short.
        request.parameters[0] == TextLimits.currentToken ? .current : .id(try request.id())
    }

    private static func login(_ request: RoutedRequest, _ account: Account) -> Login {
        request.login ?? Login(account, token: nil)
    }
}

extension Parameter {
    fileprivate static let tokenKey = Parameter(
        idempotencyKey.name,
        """
        The same in each repetition of a request, which then makes one token, for 24 hours. The server keeps of a token what recognises it and not the token itself, so a \
        repetition can't be answered as the first time: it is `already_done`, with the name and the id of the token. Who never got the first answer revokes it, \
        and makes another with a new key. What failed may be tried again with its key.
        """,
        idempotencyKey.schema
    )
}
