public import FloydModel

/// What a problem's `type` leads to: what its code means, whatever happened.
public struct ProblemDescription: Sendable, Hashable, Codable {
    public var code: FloydError.Code
    /// Some words, the same for every problem of this code (RFC 9457 §3.1.3).
    public var title: String
    public var status: Int
    public var description: String

    /// - Returns: nil for a code that no server answers with.
    public init?(of code: FloydError.Code) {
        guard let (title, description) = Self.texts[code] else { return nil }
        self.code = code
        self.title = title
        self.description = description
        status = code.status
    }

    /// The codes that a server answers with.
    public static var codes: [FloydError.Code] { texts.keys.sorted { $0.rawValue < $1.rawValue } }

    private static let texts: [FloydError.Code: (title: String, description: String)] = [
        .invalidRequest: ("Invalid request", "The request, or a value in it, has the wrong form; `fields` names what."),
        .invalidName: ("Invalid name", "A name, an id or a reference has the wrong form."),
        .invalidPath: ("Invalid path", "A path leaves its tree, has a part that can't be, or isn't one."),
        .unauthenticated: ("Login needed", "There is no token in the request, or it is not valid."),
        .tooManyAttempts: (
            "Too many failed logins",
            "Too many tokens from this address were wrong; Retry-After says when to try another."
        ),
        .forbidden: ("Not allowed", "The account may not do this, or another site's page asked for it."),
        .notFound: ("Not found", "There is no such thing, or the account may not see it."),
        .datasetNotFound: ("Dataset not found", "There is no such dataset or version, or the account may not see it."),
        .jobNotFound: ("Job not found", "There is no such job, or the account may not see it."),
        .environmentNotFound: ("Environment not found", "No environment of that name is declared on this server."),
        .instanceTypeNotFound: ("Instance type not found", "No instance type of that name is declared on this server."),
        .instanceTypeUnavailable: ("Instance type unavailable", "The instance type wants more than this machine has."),
        .alreadyExists: ("Exists already", "There is something of that name already."),
        .conflict: ("Conflict", "The thing is not in a state that allows this."),
        .methodNotAllowed: ("Method not allowed", "The path has other methods; Allow names them."),
        .unsupportedMediaType: ("Unsupported media type", "The content is not of the type that is taken here."),
        .tooLarge: ("Too large", "The content, or what it describes, is over a limit."),
        .tooSlow: ("Too slow", "The content came too slowly to be waited for; what came of an upload is kept."),
        .targetTooLong: ("Address too long", "The request line is longer than what is asked for there ever needs."),
        .headTooLarge: (
            "Head too large",
            "The fields of the request's head, cookies among them, are too many or too long together."
        ),
        .offsetMismatch: ("Wrong offset", "The upload stands elsewhere; HEAD says where."),
        .contentMismatch: ("Content mismatch", "What was received is not what its hash promised."),
        .baseMismatch: (
            "Other base",
            "The tree that the manifest is told from is not there, or is another one; the whole manifest is wanted."
        ),
        .locked: ("Locked", "Another request writes to this upload."),
        .gone: ("Gone", "The thing was there, and has expired or was deleted."),
        .rangeNotSatisfiable: ("Range not satisfiable", "The range of bytes begins behind the end."),
        .unsupportedVersion: ("Unsupported version", "The version of the upload protocol is not spoken here."),
        .isolationUnavailable: ("Isolation unavailable", "Jobs can't be isolated on this machine, so none are taken."),
        .environmentUnavailable: (
            "Environment unavailable", "The server's machine lacks what the environment is built with."
        ),
        .outOfSpace: ("Out of space", "The disk, or the account's share of it, is full."),
        .unavailable: (
            "Unavailable", "The server is not ready for this at the moment; Retry-After says when to ask again."
        ),
        .shuttingDown: (
            "Shutting down",
            "The server ends or is restarted. Nothing was done, so any request may be sent again; Retry-After says when."
        ),
        .idempotencyKeyReused: (
            "Key used twice", "The Idempotency-Key was sent with another request in the last 24 hours."
        ),
        .alreadyDone: (
            "Done already",
            "A request with this Idempotency-Key was done before, and its answer can't be given again: it had a secret, which the server doesn't keep."
        ),
        .internalError: ("Internal error", "A fault of the program; the server's log has the reason."),
    ]
}
