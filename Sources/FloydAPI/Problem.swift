public import FloydModel

/// An error as it stands on the wire (RFC 9457), with a stable `code` and a `hint` that says what to do.
public struct Problem: Sendable, Hashable, Codable {
    /// Where problems of this code are described; `about:blank` for those that only the client has.
    public var type: String
    public var title: String
    public var status: Int
    public var detail: String
    public var code: FloydError.Code
    public var hint: String?
    public var fields: [FloydError.Field]?

    public init(_ error: FloydError) {
        let description = ProblemDescription(of: error.code)
        type = description.map { APIPath.problem($0.code) } ?? "about:blank"
        status = error.code.status
        title = description?.title ?? Self.phrase(of: status)
        detail = error.message
        code = error.code
        hint = error.hint
        fields = error.fields.isEmpty ? nil : error.fields
    }

    public var error: FloydError {
        FloydError(code, detail, hint: hint, fields: fields ?? [])
    }

    /// The words that HTTP has for a status.
    public static func phrase(of status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 409: "Conflict"
        case 410: "Gone"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 416: "Range Not Satisfiable"
        case 422: "Unprocessable Content"
        case 423: "Locked"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 503: "Service Unavailable"
        case 507: "Insufficient Storage"
        default: "Internal Server Error"
        }
    }
}

extension FloydError.Code {
    /// The HTTP status that says this.
    public var status: Int {
        switch self {
        case .invalidRequest, .invalidName, .invalidPath: 400
        case .unauthenticated: 401
        case .forbidden: 403
        case .notFound, .datasetNotFound, .jobNotFound: 404
        case .methodNotAllowed: 405
        case .tooSlow: 408
        case .alreadyExists, .conflict, .offsetMismatch, .baseMismatch, .alreadyDone: 409
        case .gone: 410
        case .unsupportedVersion: 412
        case .tooLarge: 413
        case .targetTooLong: 414
        case .unsupportedMediaType: 415
        case .rangeNotSatisfiable: 416
        case .environmentNotFound, .instanceTypeNotFound, .instanceTypeUnavailable, .contentMismatch,
            .idempotencyKeyReused:
            422
        case .locked: 423
        case .tooManyAttempts: 429
        case .headTooLarge: 431
        case .isolationUnavailable, .environmentUnavailable, .unavailable, .shuttingDown: 503
        case .outOfSpace: 507
        default: 500
        }
    }
}
