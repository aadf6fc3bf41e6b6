internal import FloydAPI
internal import FloydModel
internal import FloydOS
internal import FloydRun
internal import Glibc

/// The environments that this server offers, and where each is or will be built.
struct EnvironmentService: Sendable {
    let catalog: EnvironmentCatalog
    let folder: DataFolder
    let isolation: ServerConfiguration.Isolation
    let defaultName: String
    /// The path of the installer; nil if there is none on this machine.
    let uv: String?
    /// Whom builds run as; nil: the service's own user.
    let builder: UserIdentity?

    private var cache: String { "\(folder.caches)/uv" }

    /// Makes the folder of the installer's downloads, the builder's.
    func prepareCache() throws(SystemError) {
        try Folder.create(cache)
        guard let builder else { return }
        try FileDescriptor.open(cache, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).changeOwner(uid: builder.uid, gid: builder.gid)
    }

    /// The declared environment of that name, if jobs can use it here.
    ///
    /// - Throws: `environmentNotFound` with the list, or `unavailable` if it can't be built on this machine.
    func usable(named name: String) throws(FloydError) -> DeclaredEnvironment {
        let environment = try catalog.environment(named: name)
        guard let interpreter = Self.interpreter(environment.python) else {
            throw FloydError(
                .unavailable,
                "environment \(name) needs Python \(environment.python), which the server's machine lacks",
                hint:
                    "The administrator installs it (apt-get install python\(environment.python)) or declares another version."
            )
        }
        if uv == nil && !isReady(recipe(environment, interpreter)) {
            throw FloydError(
                .unavailable,
                "environment \(name) is not built yet and the server has no uv to build it with",
                hint: "The administrator installs uv (pip install uv) or names it in the config: uv: /path/to/uv."
            )
        }
        return environment
    }

    /// What a worker does before the command of a job in this environment can start: nothing but a look once it is built.
    func preparation(named name: String, under isolation: RunSpec.Isolation) throws(FloydError) -> Preparation {
        let environment = try usable(named: name)
        guard let interpreter = Self.interpreter(environment.python) else {
            throw FloydError(.unavailable, "Python \(environment.python) is gone")
        }
        var preparation = recipe(environment, interpreter).preparation(
            folder: path(recipe(environment, interpreter)),
            cacheFolder: cache,
            uv: uv ?? "/nonexistent/uv",
            isolation: isolation
        )
        preparation.builder = builder
        return preparation
    }

    func responses() -> [EnvironmentResponse] {
        catalog.environments.map { environment in
            let interpreter = Self.interpreter(environment.python)
            return EnvironmentResponse(
                name: environment.name.string,
                python: environment.python,
                packages: environment.packages,
                state: interpreter.map { isReady(recipe(environment, $0)) } == true ? "ready" : "declared",
                isDefault: environment.name.string == defaultName
            )
        }
    }

    private func recipe(_ environment: DeclaredEnvironment, _ interpreter: String) -> EnvironmentRecipe {
        EnvironmentRecipe(environment, interpreter: interpreter, isolation: isolation)
    }

    private func path(_ recipe: EnvironmentRecipe) -> String {
        "\(folder.environments)/\(recipe.key)"
    }

    private func isReady(_ recipe: EnvironmentRecipe) -> Bool {
        access("\(path(recipe))/complete", F_OK) == 0
    }

    /// The host's Python of that version. Only what stands below `/usr` is there for jobs, too.
    private static func interpreter(_ version: String) -> String? {
        ["/usr/bin/python\(version)", "/usr/local/bin/python\(version)"].first { access($0, X_OK) == 0 }
    }
}
