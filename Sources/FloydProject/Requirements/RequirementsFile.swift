public import FloydModel

/// What `floyd_requirements.txt` at the root of a job's code asks for: packages over those of the job's environment, in pip's format.
///
/// The installer alone reads it in full. Here is judged only what must be known before, and whatever is not plainly harmless counts as
/// not harmless.
public struct RequirementsFile: Sendable, Hashable {
    /// The file's path in the code.
    public static let path = "floyd_requirements.txt"
    /// Bytes.
    public static let maximumSize = 1 << 20

    public let bytes: [UInt8]
    /// What stands in it, without comments and blank lines.
    private let lines: [RequirementLine]

    /// - Throws: `FloydError` with `invalidRequest` if it is too long or not UTF-8.
    public init(_ bytes: [UInt8]) throws(FloydError) {
        guard bytes.count <= Self.maximumSize else { throw Self.tooLong(Int64(bytes.count)) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Self.refusal("is not UTF-8", hint: "Save it as UTF-8: one package a line.")
        }
        self.bytes = bytes
        lines = RequirementLine.all(in: text)
    }

    /// Whether it asks for anything at all.
    public var isEmpty: Bool { lines.allSatisfy { $0.kind == .setting } }

    /// Whether it may be installed without running any code of a package, and to the same bytes by whoever does it: each line names one version
    /// of a package by name and the hashes that it may have. Only if wheels alone are installed, too, which the installer must be told.
    public var isLocked: Bool { !isEmpty && lines.allSatisfy { $0.locked != nil } }

    /// What the installer is given: of a locked list what was understood of it, one setting or package a line, so that a reader which
    /// understands the file in another way installs nothing else; of any other the file's bytes.
    public var installed: [UInt8] {
        isLocked ? Array(lines.compactMap(\.locked).map { "\($0)\n" }.joined().utf8) : bytes
    }

    /// Whether anything beside it in the code may matter.
    public var readsCode: Bool { readsEverything || !lists.isEmpty || !files.isEmpty }

    /// Whether all of the code may matter: a package in source, an option that nobody knows.
    public var readsEverything: Bool { lines.contains { $0.kind == .other } }

    /// The other lists that it names, by their paths in the code.
    public var lists: [String] {
        lines.compactMap { if case .list(let path) = $0.kind { path } else { nil } }
    }

    /// The packed packages that it names, by their paths in the code.
    public var files: [String] {
        lines.compactMap { if case .file(let path) = $0.kind { path } else { nil } }
    }

    /// - Parameter size: bytes.
    public static func tooLong(_ size: Int64) -> FloydError {
        refusal("has \(size) bytes", hint: "At most \(maximumSize) are possible: name packages, one a line.")
    }

    /// That something else than a file has its name.
    ///
    /// - Parameter kind: what it is, `a folder` for example.
    public static func isNoFile(_ kind: String) -> FloydError {
        refusal("is \(kind)", hint: "Make it a file with one package a line, or list it in .floydignore.")
    }

    private static func refusal(_ what: String, hint: String) -> FloydError {
        FloydError(
            .invalidRequest,
            "\(path) \(what)",
            hint: hint,
            fields: [.init(name: "code", message: "\(path) \(what)")]
        )
    }
}
