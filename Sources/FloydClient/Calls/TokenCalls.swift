public import FloydAPI
public import FloydModel

extension FloydClient {
    /// The tokens and web logins of the account, the newest first; an admin may ask for another's.
    public func tokens(of user: Name? = nil) throws(FloydError) -> [TokenResponse] {
        try all(APIPath.tokens, query: user.map { [("user", $0.string)] } ?? [])
    }

    /// Another token of the account, which nobody will be shown again.
    ///
    /// - Throws: `FloydError` with `alreadyDone` where it was made and the answer that had it got lost: it is to be revoked, and another made.
    public func createToken(_ request: CreateTokenRequest) throws(FloydError) -> CreatedTokenResponse {
        try post(APIPath.tokens, request, key: Self.newKey())
    }

    public func token(_ id: ObjectID) throws(FloydError) -> TokenResponse {
        try get(APIPath.token(id))
    }

    public func revokeToken(_ id: ObjectID) throws(FloydError) {
        try exchange(TransportRequest("DELETE", APIPath.token(id), timeout: Self.patience))
    }

    /// Makes the token that this client shows worthless.
    public func revokeCurrentToken() throws(FloydError) {
        try exchange(TransportRequest("DELETE", APIPath.currentToken, timeout: Self.patience))
    }
}
