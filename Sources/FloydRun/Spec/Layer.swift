/// Packages of a job's own over its environment, built on first use like that.
///
/// What a job asks for runs code while it is installed, so the steps run as the job's own user, see of the server what this names and
/// nothing more, and are held to the job's limits. They run in a folder of their own, seen as the job's working folder.
public struct Layer: Sendable, Hashable {
    /// How it is built. Its folder holds `home` (the steps' working folder) and `fresh-cache`, too, while it is.
    public var preparation: Preparation
    /// The root of the environment below it: read-only, at `baseSeen`.
    public var base: String
    /// Whether the steps see the code, read-only, at `codeSeen`.
    public var readsCode: Bool
    public var network: RunSpec.Network
    /// Whether jobs of other accounts may use it. Then nothing may have gone into it that an account could have changed, and the steps
    /// get an empty cache.
    public var isShared: Bool

    public init(preparation: Preparation, base: String, readsCode: Bool, network: RunSpec.Network, isShared: Bool) {
        self.preparation = preparation
        self.base = base
        self.readsCode = readsCode
        self.network = network
        self.isShared = isShared
    }

    /// The steps' working folder.
    public var home: String { "\(preparation.folder)/home" }
    /// The cache of a shared layer's build.
    public static func freshCache(in folder: String) -> String { "\(folder)/fresh-cache" }
    /// Held by builds that use the cache, together; by whoever empties it, alone.
    public var cacheLock: String { Self.lock(ofCache: preparation.cacheFolder) }
    public static func lock(ofCache folder: String) -> String { "\(folder).lock" }

    /// Ends the name of what is being removed, and what a crash in the middle leaves of it.
    public static let removed = ".removed"
    /// What is being removed is renamed to this first: a name that nobody else has for anything.
    public static func removedName(of path: String) -> String {
        "\(path).\(String(UInt64.random(in: 0 ... .max), radix: 36))\(removed)"
    }

    /// The path by which steps and jobs see the environment below.
    public static func baseSeen(_ base: String, under isolation: RunSpec.Isolation) -> String {
        isolation == .none ? base : SandboxPath.base
    }

    /// The path by which steps see the code of the attempt in `run`.
    public static func codeSeen(_ run: RunDirectory, under isolation: RunSpec.Isolation) -> String {
        isolation == .none ? run.home : SandboxPath.code
    }

    /// The path by which steps see the list of packages.
    public static func requirementsSeen(_ run: RunDirectory, under isolation: RunSpec.Isolation) -> String {
        isolation == .none ? run.requirements : SandboxPath.requirements
    }
}
