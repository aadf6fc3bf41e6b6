public import FloydOS

/// A software environment that is built on first use, once, under a lock.
///
/// `folder` holds `root` (what is built), `complete` (written durably when it is whole) and, during the build, `tmp`; `folder.lock` beside
/// it is the lock. A crash in the middle leaves a `root` without `complete`, which the next build empties.
public struct Preparation: Sendable, Hashable {
    /// The environment's name, for messages.
    public var title: String
    /// A folder whose parent exists.
    public var folder: String
    /// Programs with their arguments, run one after the other; the first that fails ends the build. They find the environment at
    /// `rootSeen` and the cache at `cacheSeen`.
    public var steps: [[String]]
    public var variables: [RunSpec.Variable]
    /// A folder of downloaded packages, kept between builds; the builder's.
    public var cacheFolder: String
    /// Whom the steps run as; nil: the service's own user, which must not be root then.
    public var builder: UserIdentity?
    /// Files and folders of the machine that the steps see at the same path: `uv`.
    public var readOnlyPaths: [String]

    public init(
        title: String,
        folder: String,
        steps: [[String]],
        variables: [RunSpec.Variable] = [],
        cacheFolder: String,
        builder: UserIdentity? = nil,
        readOnlyPaths: [String] = []
    ) {
        self.title = title
        self.folder = folder
        self.steps = steps
        self.variables = variables
        self.cacheFolder = cacheFolder
        self.builder = builder
        self.readOnlyPaths = readOnlyPaths
    }

    public var root: String { "\(folder)/root" }
    public var complete: String { "\(folder)/complete" }
    public var lock: String { "\(folder).lock" }
    public var temporary: String { "\(folder)/tmp" }

    /// The path by which steps and jobs see `root`. It becomes part of what is built, so an environment serves one isolation alone.
    public func rootSeen(under isolation: RunSpec.Isolation) -> String {
        isolation == .none ? root : SandboxPath.environment
    }

    /// The path by which steps see the cache.
    public func cacheSeen(under isolation: RunSpec.Isolation) -> String {
        isolation == .none ? cacheFolder : SandboxPath.cache
    }
}
