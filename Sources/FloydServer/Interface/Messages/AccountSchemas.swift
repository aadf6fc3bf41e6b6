import FloydAPI
import FloydModel

extension TokenResponse: DescribedMessage {
    static var schema: Schema { .object(members) }

    fileprivate static var members: [String: Schema] {
        [
            "id": .id,
            "name": .string.described("What its owner calls it."),
            "kind": .one(of: ["token", "session"]).described("A session is a web login."),
            "user": .name.described("The account that it speaks for."),
            "state": .one(of: ["active", "expired", "revoked"]),
            "created": .time,
            "expires": .time.nullable,
            "last_used": .time.nullable.described("To the minute."),
            "current": .boolean.described("Whether it is what this request showed."),
        ]
    }
}

extension CreatedTokenResponse: DescribedMessage {
    static var schema: Schema {
        .object(
            TokenResponse.members.merging([
                "token": .string("^floyd_[0-9A-Za-z]+$").described("What to show from now on. It is not told again.")
            ]) { $1 }
        )
    }
}
