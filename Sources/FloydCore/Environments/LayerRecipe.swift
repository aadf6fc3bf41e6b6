internal import FloydModel
internal import FloydOS
internal import FloydProject
internal import FloydRun
internal import FloydTree

/// How the packages are built that a job has over its environment, and the name of the folder that they are built into: a hash of all that
/// goes in.
///
/// A layer is a virtual environment of its own that finds the packages of the one below behind its own. While it is built, copies of their
/// metadata stand for those: the installer takes them for installed, so that it brings only what is missing or wanted in another version.
struct LayerRecipe: Sendable {
    /// Counts changes in how layers are built.
    private static let version = 2

    /// Begins the names of those that all of a job's code goes into: every change of it makes another, so they are not kept for long.
    static let briefPrefix = "code-"

    /// The name of the folder.
    let key: String
    /// Whether accounts have it together: what goes in can't depend on who builds it, because each package is named by its hash and none of
    /// them runs code. Without a sandbox another account's process may get at the files.
    let isShared: Bool
    private let order: LayerOrder
    private let interpreter: String
    private let isolation: RunSpec.Isolation

    init(_ order: LayerOrder, over base: EnvironmentRecipe, isolation: RunSpec.Isolation) {
        self.order = order
        self.isolation = isolation
        interpreter = base.interpreter
        isShared = order.requirements.isLocked && isolation != .none
        var inputs = [
            "floydlite-layer \(Self.version)", base.key, Hex.string(FileHasher.sha256(order.requirements.installed)),
            order.code.map { Hex.string($0.digest) } ?? "",
        ]
        // The files are the account's own, whose uid may change with the configured range.
        inputs += isShared ? ["shared"] : [order.account.string, order.identity.map { String($0.uid) } ?? ""]
        // No text of the inputs has a NUL, so no two lists run together to the same bytes.
        let hash = Hex.string(FileHasher.sha256(Array(inputs.joined(separator: "\0").utf8)).prefix(16))
        key = order.code?.isEverything == true ? Self.briefPrefix + hash : hash
    }

    /// The build for a worker.
    ///
    /// - Parameters:
    ///   - base: the root of the environment below.
    ///   - uv: the path of the installer.
    func layer(base: String, in data: DataFolder, uv: String) -> Layer {
        let folder = "\(data.layers)/\(key)"
        var preparation = Preparation(
            title: RequirementsFile.path,
            folder: folder,
            steps: [],
            cacheFolder: isShared
                ? Layer.freshCache(in: folder) : data.cache(of: order.account, as: order.identity),
            builder: order.identity,
            readOnlyPaths: [uv]
        )
        preparation.variables = EnvironmentRecipe.variables(cache: preparation.cacheSeen(under: isolation))
        // Without a sandbox the code has another path in each attempt, so nothing may name it.
        if isolation == .none { preparation.variables.append(RunSpec.Variable("UV_NO_EDITABLE", "1")) }
        // Hash-locked wheels bring no code that runs, so nothing that could make use of the network.
        let network = order.requirements.isLocked ? .host : order.network
        // It says at once that it can't, instead of trying for long.
        if network == .none { preparation.variables.append(RunSpec.Variable("UV_OFFLINE", "1")) }
        var layer = Layer(
            preparation: preparation,
            base: base,
            readsCode: order.code != nil,
            network: network,
            isShared: isShared
        )
        layer.preparation.steps = steps(layer, uv: uv)
        return layer
    }

    private func steps(_ layer: Layer, uv: String) -> [[String]] {
        let root = layer.preparation.rootSeen(under: isolation)
        let base = Layer.baseSeen(layer.base, under: isolation)
        var list = Layer.requirementsSeen(order.run, under: isolation)
        // Alone, with nothing of what is installed: its own modules are all that these scripts need.
        let python = [interpreter, "-I", "-S", "-c"]
        var steps = [
            [uv, "venv", "--quiet", "--allow-existing", "--no-config", "--python", interpreter, root],
            python + [LayerScript.begin, root, base],
        ]
        if let code = order.code {
            // Builds write into what they are built from, and what is installed as editable is found at this path by jobs.
            let folder = Layer.codeSeen(order.run, under: isolation)
            steps.append(python + [LayerScript.copy, folder, RequirementsFile.path] + code.paths)
            list = RequirementsFile.path
        }
        var install = [uv, "pip", "install", "--no-config", "--python", "\(root)/bin/python"]
        if order.requirements.isLocked { install += ["--require-hashes", "--only-binary", ":all:"] }
        steps.append(install + ["-r", list])
        steps.append(python + [LayerScript.end, root])
        return steps
    }
}
