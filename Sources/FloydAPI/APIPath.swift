public import FloydModel

/// The paths of the HTTP interface, as the client asks for them. Routes with a parameter take one percent-encoded segment,
/// so a reference like `alice/x/3` travels as `alice%2Fx%2F3`.
public enum APIPath {
    public static let root = "/api/v1"
    /// Answers without login.
    public static let health = "/healthz"
    /// The server: version, isolation, machine.
    public static let server = "\(root)/server"
    /// The account of the token.
    public static let account = "\(root)/account"
    /// The account's tokens.
    public static let tokens = "\(root)/tokens"
    /// The token of the request.
    public static let currentToken = "\(root)/tokens/current"
    public static let environments = "\(root)/environments"
    public static let instanceTypes = "\(root)/instance-types"
    public static let projects = "\(root)/projects"
    public static let datasets = "\(root)/datasets"
    public static let datasetVersions = "\(root)/dataset-versions"
    public static let uploads = "\(root)/uploads"
    public static let jobs = "\(root)/jobs"
    /// The moves of jobs.
    public static let events = "\(root)/events"
    /// The moves of jobs as server-sent events.
    public static let eventStream = "\(root)/events/stream"

    public static func token(_ id: ObjectID) -> String { "\(tokens)/\(id)" }
    public static func project(_ reference: Reference) -> String { "\(projects)/\(encoded(reference))" }
    /// The document that describes all of this (OpenAPI 3.1).
    public static let document = "\(root)/openapi.json"

    /// What problems of that code are.
    public static func problem(_ code: FloydError.Code) -> String { "\(root)/problems/\(code.rawValue)" }

    public static func dataset(_ reference: Reference) -> String { "\(datasets)/\(encoded(reference))" }
    public static func versions(of dataset: Reference) -> String { "\(datasets)/\(encoded(dataset))/versions" }
    /// Where an archive is put that becomes a version.
    public static func archive(_ name: String, of dataset: Reference) -> String {
        "\(datasets)/\(encoded(dataset))/archives/\(encoded(name))"
    }
    public static func datasetVersion(_ reference: Reference) -> String { "\(datasetVersions)/\(encoded(reference))" }

    /// Hashes all files of a version again.
    public static func verification(of version: Reference) -> String { "\(datasetVersion(version))/verify" }

    /// Stops all jobs of a project.
    public static func stopAll(of project: Reference) -> String { "\(projects)/\(encoded(project))/stop" }

    /// Where an upload is begun whose manifest is told from the tree `base`, as what makes it the tree `result`. Both are digests.
    public static func uploads(from base: String, to result: String) -> String {
        "\(uploads)?base=\(base)&tree=\(result)"
    }
    public static func upload(_ id: ObjectID) -> String { "\(uploads)/\(id)" }
    /// The manifest lines whose contents are to be sent.
    public static func missing(in upload: ObjectID) -> String { "\(uploads)/\(upload)/missing" }
    public static func commit(_ upload: ObjectID) -> String { "\(uploads)/\(upload)/commit" }

    /// How files of an upload are put together from contents that are there.
    public static func recipe(of upload: ObjectID) -> String { "\(uploads)/\(upload)/recipe" }
    /// The blocks of a version's file at `path`, else of one of the same name.
    public static func blocks(of version: Reference, path: String, size: Int64, average: Int) -> String {
        "\(datasetVersion(version))/blocks?path=\(encoded(path))&size=\(size)&average=\(average)"
    }

    public static func job(_ reference: Reference) -> String { "\(jobs)/\(encoded(reference))" }
    public static func stop(_ job: Reference) -> String { "\(jobs)/\(encoded(job))/stop" }
    /// Makes a new job of one that has ended.
    public static func restart(_ job: Reference) -> String { "\(jobs)/\(encoded(job))/restart" }
    /// The run's log as the worker wrote it (CRI log format), with ranges.
    public static func log(of job: Reference) -> String { "\(jobs)/\(encoded(job))/log" }
    /// The run's log and the job's moves as server-sent events.
    public static func logStream(of job: Reference) -> String { "\(jobs)/\(encoded(job))/log/stream" }
    /// What the job left in `/output`.
    public static func output(of job: Reference) -> String { "\(jobs)/\(encoded(job))/output" }
    public static func outputFile(_ path: String, of job: Reference) -> String {
        "\(output(of: job))/\(encoded(path: path))"
    }

    /// What the job left in `/output`, as one file.
    public static func outputArchive(_ format: String, of job: Reference) -> String { "\(output(of: job)).\(format)" }

    /// The code of a job as it was submitted: a tree, like a dataset version.
    public static func code(of job: Reference) -> String { "\(jobs)/\(encoded(job))/code" }

    // Of a tree, which is what `datasetVersion` or `code` gives.

    /// All entries with their hashes, a line each.
    public static func manifest(of tree: String) -> String { "\(tree)/manifest" }
    /// The bytes of all files, one after another in the order of the manifest.
    public static func contents(of tree: String) -> String { "\(tree)/contents" }
    public static func file(_ path: String, of tree: String) -> String { "\(tree)/files/\(encoded(path: path))" }

    /// `path` with its slashes left as they are.
    private static func encoded(path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).map { encoded(String($0)) }.joined(separator: "/")
    }

    private static func encoded(_ reference: Reference) -> String { encoded(reference.description) }

    /// `segment` with everything but RFC 3986's unreserved characters percent-encoded.
    public static func encoded(_ segment: String) -> String {
        var result = ""
        for byte in segment.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                result += hex.count == 1 ? "%0\(hex)" : "%\(hex)"
            }
        }
        return result
    }
}
