internal import FloydModel
internal import FloydRun
internal import FloydTree

/// How an environment is built, and the name of the folder that it is built into: a hash of all that goes in, so that equal
/// declarations share a folder and a changed one gets another.
struct EnvironmentRecipe: Sendable, Hashable {
    /// Counts changes in how environments are built.
    private static let version = 1

    /// The name of the folder.
    let key: String
    let environment: DeclaredEnvironment
    let interpreter: String

    /// - Parameters:
    ///   - interpreter: the path of the Python that it is built on.
    ///   - isolation: part of the inputs, because the built programs hold the path under which jobs see them.
    init(_ environment: DeclaredEnvironment, interpreter: String, isolation: ServerConfiguration.Isolation) {
        self.environment = environment
        self.interpreter = interpreter
        let inputs = ["floydlite-environment \(Self.version)", isolation.rawValue, interpreter] + environment.packages
        // No text of the inputs has a NUL, so no two lists run together to the same bytes.
        key = Hex.string(FileHasher.sha256(Array(inputs.joined(separator: "\0").utf8)).prefix(16))
    }

    /// The build for a worker.
    ///
    /// - Parameters:
    ///   - folder: the folder that `key` names.
    ///   - uv: the path of the installer.
    func preparation(folder: String, cacheFolder: String, uv: String, isolation: RunSpec.Isolation) -> Preparation {
        var preparation = Preparation(
            title: environment.name.string,
            folder: folder,
            steps: [],
            cacheFolder: cacheFolder,
            readOnlyPaths: [uv]
        )
        let root = preparation.rootSeen(under: isolation)
        preparation.steps.append([uv, "venv", "--allow-existing", "--no-config", "--python", interpreter, root])
        if !environment.packages.isEmpty {
            preparation.steps.append(
                [uv, "pip", "install", "--no-config", "--python", "\(root)/bin/python", "--"] + environment.packages
            )
        }
        preparation.variables = Self.variables(cache: preparation.cacheSeen(under: isolation))
        return preparation
    }

    /// What the installer finds in its environment.
    static func variables(cache: String) -> [RunSpec.Variable] {
        [
            RunSpec.Variable("UV_CACHE_DIR", cache),
            // The host's Python, or none: nothing is fetched that nobody asked for.
            RunSpec.Variable("UV_PYTHON_DOWNLOADS", "never"),
            // Cache and environment are mounted apart, across which no link can reach.
            RunSpec.Variable("UV_LINK_MODE", "copy"),
            RunSpec.Variable("UV_HTTP_TIMEOUT", "180"),
            // Those of the machine, with what its administrator added, instead of the installer's own.
            RunSpec.Variable("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"),
        ]
    }
}
