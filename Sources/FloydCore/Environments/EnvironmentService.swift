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
    let pool: BlockingPool
    /// The host's Python of a version; nil if it has none. Blocks.
    var interpreter: @Sendable (String) -> String? = HostPython.path

    private var cache: String { "\(folder.caches)/uv" }

    /// Makes the folder of the installer's downloads, the builder's.
    func prepareCache() throws(SystemError) {
        try Folder.create(cache)
        guard let builder else { return }
        try FileDescriptor.open(cache, O_RDONLY | O_DIRECTORY | O_NOFOLLOW).changeOwner(
            uid: builder.uid,
            gid: builder.gid
        )
    }

    /// The declared environment of that name, if jobs can use it here. Blocks.
    ///
    /// - Throws: `environmentNotFound` with the list, or `environmentUnavailable` if it can't be built on this machine.
    func usable(named name: String) throws(FloydError) -> DeclaredEnvironment {
        try recipe(named: name).environment
    }

    /// What a worker does before the command of a job in this environment can start: nothing but a look once it is built. Blocks.
    func preparation(named name: String, under isolation: RunSpec.Isolation) throws(FloydError) -> Preparation {
        let recipe = try recipe(named: name)
        var preparation = recipe.preparation(
            folder: path(recipe),
            cacheFolder: cache,
            // Where there is none the environment is built already, so that no step will run.
            uv: uv ?? "/nonexistent/uv",
            isolation: isolation
        )
        preparation.builder = builder
        return preparation
    }

    /// What a worker does before the command of a job with packages of its own can start: nothing but a look once they are there. Blocks.
    func layer(over name: String, _ order: LayerOrder, under isolation: RunSpec.Isolation) throws(FloydError) -> Layer {
        let base = try recipe(named: name)
        return LayerRecipe(order, over: base, isolation: isolation).layer(
            base: "\(path(base))/root",
            in: folder,
            uv: uv ?? "/nonexistent/uv"
        )
    }

    func responses() async throws -> [EnvironmentResponse] {
        try await pool.run {
            catalog.environments.map { environment in
                let known = interpreter(environment.python).map { recipe(environment, $0) }
                return EnvironmentResponse(
                    name: environment.name.string,
                    python: environment.python,
                    packages: environment.packages,
                    state: known.map(isReady) == true ? "ready" : "declared",
                    isDefault: environment.name.string == defaultName
                )
            }
        }
    }

    /// How the environment of that name is built, if it can be or is. Blocks.
    private func recipe(named name: String) throws(FloydError) -> EnvironmentRecipe {
        let environment = try catalog.environment(named: name)
        guard let interpreter = interpreter(environment.python) else {
            throw FloydError(
                .environmentUnavailable,
                "environment \(name) needs Python \(environment.python), which the server's machine lacks",
                hint: "The administrator installs it (apt-get install python\(environment.python)) or declares another "
                    + "version."
            )
        }
        let recipe = recipe(environment, interpreter)
        if uv == nil && !isReady(recipe) {
            throw FloydError(
                .environmentUnavailable,
                "environment \(name) is not built yet and the server has no uv to build it with",
                hint: "The administrator installs uv (pip install uv) or names it in the config: uv: /path/to/uv."
            )
        }
        return recipe
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
}

/// The Pythons of this machine.
enum HostPython {
    /// The interpreter of that version, `3.11` for example. Only what stands below `/usr` is there for jobs, too.
    static func path(_ version: String) -> String? {
        ["/usr/bin/python\(version)", "/usr/local/bin/python\(version)"].first { access($0, X_OK) == 0 }
    }
}
