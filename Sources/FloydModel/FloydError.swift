/// What went wrong, in a form that a program can act on and a person can read.
///
/// `code` decides everything (the HTTP status, the exit code of the command line tool, what a caller does next);
/// the texts are for people only.
public struct FloydError: Error, Sendable, Hashable {
    /// A stable, machine-readable reason. Codes of a newer server that this build doesn't know stay as they are.
    public struct Code: RawRepresentable, Sendable, Hashable, Codable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }
    }

    /// One field of a request that was wrong.
    public struct Field: Sendable, Hashable, Codable {
        /// The field's name as it stands in the request, `data[0].mount` for example.
        public var name: String
        /// What is wrong with it.
        public var message: String

        public init(name: String, message: String) {
            self.name = name
            self.message = message
        }
    }

    public var code: Code
    /// One sentence without a final full stop, lower case unless it begins with a name: "there is no dataset modelnett".
    public var message: String
    /// What to do next, as a sentence of its own.
    public var hint: String?
    /// The fields of the request that were wrong, where there are any.
    public var fields: [Field]

    public init(_ code: Code, _ message: String, hint: String? = nil, fields: [Field] = []) {
        self.code = code
        self.message = message
        self.hint = hint
        self.fields = fields
    }
}

extension FloydError: CustomStringConvertible {
    public var description: String {
        guard let hint else { return message }
        return "\(message). \(hint)"
    }
}

extension FloydError.Code {
    /// The request, or a value in it, has the wrong form.
    public static let invalidRequest = Self(rawValue: "invalid_request")
    /// A name, an id or a reference has the wrong form.
    public static let invalidName = Self(rawValue: "invalid_name")
    /// A path in a manifest leaves its tree, or isn't one.
    public static let invalidPath = Self(rawValue: "invalid_path")
    /// No token, or one that isn't valid.
    public static let unauthenticated = Self(rawValue: "unauthenticated")
    /// Too many logins from this source failed; a valid token is taken all the same.
    public static let tooManyAttempts = Self(rawValue: "too_many_attempts")
    /// The account may not do this.
    public static let forbidden = Self(rawValue: "forbidden")
    /// There is no such thing, or the account may not see it.
    public static let notFound = Self(rawValue: "not_found")
    /// No such dataset or dataset version.
    public static let datasetNotFound = Self(rawValue: "dataset_not_found")
    /// No such job.
    public static let jobNotFound = Self(rawValue: "job_not_found")
    /// No environment of that name is declared.
    public static let environmentNotFound = Self(rawValue: "environment_not_found")
    /// No instance type of that name is declared.
    public static let instanceTypeNotFound = Self(rawValue: "instance_type_not_found")
    /// The instance type wants more than this machine has.
    public static let instanceTypeUnavailable = Self(rawValue: "instance_type_unavailable")
    /// The thing exists already.
    public static let alreadyExists = Self(rawValue: "already_exists")
    /// The thing is not in a state that allows this.
    public static let conflict = Self(rawValue: "conflict")
    /// The method isn't one of the resource's.
    public static let methodNotAllowed = Self(rawValue: "method_not_allowed")
    /// The body isn't of the media type the resource takes.
    public static let unsupportedMediaType = Self(rawValue: "unsupported_media_type")
    /// The body, or what it describes, is over a limit.
    public static let tooLarge = Self(rawValue: "too_large")
    /// The body came too slowly to be waited for.
    public static let tooSlow = Self(rawValue: "too_slow")
    /// The request line, most of it the address, is over a limit.
    public static let targetTooLong = Self(rawValue: "target_too_long")
    /// The fields of a request's head are too many, or too long together.
    public static let headTooLarge = Self(rawValue: "head_too_large")
    /// The byte offset of an upload isn't where the server stands.
    public static let offsetMismatch = Self(rawValue: "offset_mismatch")
    /// What was received isn't what its hash promised.
    public static let contentMismatch = Self(rawValue: "content_mismatch")
    /// The tree that a manifest is told from isn't there, or isn't the one that it was told from.
    public static let baseMismatch = Self(rawValue: "base_mismatch")
    /// Another request writes to this upload.
    public static let locked = Self(rawValue: "locked")
    /// The resource was there, and has expired or was deleted.
    public static let gone = Self(rawValue: "gone")
    /// The range of bytes that is asked for begins behind the end.
    public static let rangeNotSatisfiable = Self(rawValue: "range_not_satisfiable")
    /// The upload protocol's version isn't one the server speaks.
    public static let unsupportedVersion = Self(rawValue: "unsupported_version")
    /// Jobs can't be isolated on this machine, and the config doesn't allow to run them without.
    public static let isolationUnavailable = Self(rawValue: "isolation_unavailable")
    /// The server's machine lacks what the environment is built with.
    public static let environmentUnavailable = Self(rawValue: "environment_unavailable")
    /// The disk, or an account's share of it, is full.
    public static let outOfSpace = Self(rawValue: "out_of_space")
    /// The server is not ready for this at the moment.
    public static let unavailable = Self(rawValue: "unavailable")
    /// The server is about to end, and has done nothing of what was asked.
    public static let shuttingDown = Self(rawValue: "shutting_down")
    /// The key that makes a request be done once came with another request before.
    public static let idempotencyKeyReused = Self(rawValue: "idempotency_key_reused")
    /// The request was done before, and what it was answered then can't be told again.
    public static let alreadyDone = Self(rawValue: "already_done")
    /// A fault of the program.
    public static let internalError = Self(rawValue: "internal_error")

    // Found by the client alone.

    /// The folder isn't initialised for a project or a dataset.
    public static let notInitialised = Self(rawValue: "not_initialised")
    /// The server didn't answer.
    public static let unreachable = Self(rawValue: "unreachable")
    /// A local file or folder can't be read or written.
    public static let localFile = Self(rawValue: "local_file")
    /// The server's answer makes no sense to this client.
    public static let protocolViolation = Self(rawValue: "protocol_violation")
}
