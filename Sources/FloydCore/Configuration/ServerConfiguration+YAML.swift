public import FloydModel

extension ServerConfiguration {
    /// Reads a config file's text.
    ///
    /// - Parameter file: its name, for messages.
    /// - Throws: `FloydError` with file, line and key for an unknown key or a bad value.
    public init(yaml text: String, file: String) throws(FloydError) {
        self.init()
        let top = try YAMLValue(parsing: text, file: file).mapping(keys: Self.keys)
        if let value = top["listen"] { listen = try value.string() }
        if let value = top["local_socket"] { localSocket = try LocalSocketSettings(value) }
        if let value = top["trusted_proxies"] { trustedProxies = try TrustedProxies(value) }
        if let value = top["access_log"] { accessLog = try AccessLogPlace(value) }
        if let value = top["metrics"] { metrics = try MetricsSettings(value) }
        if let value = top["data_dir"] { dataFolder = try value.string() }
        if let value = top["isolation"] { isolation = try value.choice() }
        if let value = top["grace_period"] {
            gracePeriod = try value.duration(atLeast: .seconds(1), atMost: .seconds(86_400))
        }
        if let value = top["retries"] { retryBackoff = try RetryBackoff(value) }
        if let value = top["log_level"] { logLevel = try value.choice() }
        if let value = top["default_environment"] { defaultEnvironment = try value.string() }
        if let value = top["environments"] { environmentsFile = try value.string() }
        if let value = top["uv"] { uv = try value.string() }
        if let value = top["resources"] { resources = try DeclaredResources(value) }
        if let value = top["instance_types"] { instanceTypes = try Self.instanceTypes(value) }
        if let value = top["job_uids"] { jobUIDs = try JobUIDs(value) }
        if let value = top["http"] { http = try HTTPSettings(value) }
        if let value = top["logs"] { logs = try LogSettings(value) }
        if let value = top["uploads"] { try setUploads(value) }
        if let value = top["storage"] { storage = try StorageSettings(value) }
    }

    static let keys = [
        "listen", "local_socket", "trusted_proxies", "access_log", "metrics", "data_dir", "isolation", "grace_period",
        "retries", "log_level", "default_environment",
        "environments", "uv", "resources", "instance_types", "job_uids", "http", "logs", "storage", "uploads",
    ]

    private mutating func setUploads(_ value: YAMLValue) throws(FloydError) {
        let keys = try value.mapping(keys: ["expire_after", "archive_size", "archive_entries"])
        if let value = keys["expire_after"] {
            uploadExpiry = try value.duration(atLeast: .seconds(60), atMost: .seconds(3_650 * 86_400))
        }
        if let value = keys["archive_size"] { archives.size = try value.bytes() }
        if let value = keys["archive_entries"] { archives.entries = try value.integer(in: 1...100_000_000) }
    }

    /// The declared types over the two built-in ones: `cpu` and `gpu` are there, and keep what isn't declared otherwise.
    private static func instanceTypes(_ value: YAMLValue) throws(FloydError) -> [DeclaredInstanceType] {
        var types = ServerConfiguration().instanceTypes
        for (name, value) in try value.mapping().sorted(by: { $0.key < $1.key }) {
            do {
                _ = try Name(name)
            } catch {
                throw value.error(error.message, hint: error.hint)
            }
            if let index = types.firstIndex(where: { $0.name == name }) {
                try types[index].update(value)
            } else {
                var type = DeclaredInstanceType(name: name, gpus: 0)
                try type.update(value)
                types.append(type)
            }
        }
        return types
    }
}

extension RetryBackoff {
    fileprivate init(_ value: YAMLValue) throws(FloydError) {
        let keys = try value.mapping(keys: ["backoff", "maximum_backoff"])
        self.init()
        let day = Duration.seconds(86_400)
        if let value = keys["backoff"] { first = try value.duration(atLeast: .zero, atMost: day) }
        // One that is longer from the start stays as long.
        maximum = max(maximum, first)
        if let value = keys["maximum_backoff"] { maximum = try value.duration(atLeast: first, atMost: day) }
    }
}

extension ServerConfiguration.DeclaredResources {
    fileprivate init(_ value: YAMLValue) throws(FloydError) {
        let keys = try value.mapping(keys: ["cpus", "memory", "gpus"])
        cpus = try keys["cpus"]?.integer(in: 1...4_096)
        memory = try keys["memory"]?.bytes()
        guard let list = keys["gpus"] else { return }
        var indices: [Int] = []
        for item in try list.list() {
            let index = try item.integer(in: 0...1_023)
            if indices.contains(index) { throw item.error("GPU \(index) stands here twice") }
            indices.append(index)
        }
        gpus = indices
    }
}

extension ServerConfiguration.DeclaredInstanceType {
    static let keys = ["cpus", "memory", "gpus", "network", "processes", "open_files", "disk", "max_runtime"]

    fileprivate mutating func update(_ value: YAMLValue) throws(FloydError) {
        let keys = try value.mapping(keys: Self.keys)
        if let value = keys["gpus"] { gpus = try value.integer(in: 0...1_024) }
        if let value = keys["cpus"] { cpus = try value.integer(in: 1...4_096) }
        if let value = keys["memory"] { memory = try value.bytes() }
        if let value = keys["network"] { network = try value.choice() }
        // The kernel knows no more processes than this (proc(5), kernel.pid_max); a job needs a few to start at all.
        if let value = keys["processes"] { limits.processes = try value.integer(in: 8...4_194_304) }
        if let value = keys["open_files"] { limits.openFiles = try value.integer(in: 16...1_048_576) }
        if let value = keys["disk"] {
            let bytes = try value.bytes()
            limits.disk = bytes > 0 ? bytes : nil
        }
        if let value = keys["max_runtime"] {
            let duration = try value.duration(atLeast: .zero, atMost: .seconds(31_536_000))
            // A part of a second would be no time at all.
            limits.maxRuntime = duration > .zero ? Int(max(1, duration.components.seconds)) : nil
        }
    }
}

extension ServerConfiguration.JobUIDs {
    fileprivate init(_ value: YAMLValue) throws(FloydError) {
        let keys = try value.mapping(keys: ["first", "count"])
        // Below 65536 live the host's own users, and 2³¹ is where some tools take a uid for a negative number.
        if let value = keys["first"] { first = try value.integer(in: 65_536...2_000_000_000) }
        // One for the builder, one for the unpacker, and one for an account.
        if let value = keys["count"] { count = try value.integer(in: 3...100_000_000) }
    }
}

extension ServerConfiguration.LogSettings {
    fileprivate init(_ value: YAMLValue) throws(FloydError) {
        guard let value = try value.mapping(keys: ["maximum_size"])["maximum_size"] else { return }
        maximumSize = try value.bytes()
        guard maximumSize == 0 || maximumSize >= 1 << 20 else {
            throw value.error("\(try value.string()) is less than 1MiB", hint: "0 keeps all that jobs print.")
        }
    }
}

extension ServerConfiguration.StorageSettings {
    fileprivate init(_ value: YAMLValue) throws(FloydError) {
        let keys = try value.mapping(keys: ["quota", "quotas", "reserve", "grace"])
        if let value = keys["quota"] { quota = try value.bytes() }
        for (name, value) in try keys["quotas"]?.mapping() ?? [:] {
            let account: Name
            do throws(FloydError) {
                account = try Name(name)
            } catch {
                throw value.error(error.message, hint: error.hint)
            }
            quotas[account] = try value.bytes()
        }
        reserve = try keys["reserve"]?.bytes()
        if let value = keys["grace"] { grace = try value.duration(atLeast: .zero, atMost: .seconds(86_400)) }
    }
}

extension ServerConfiguration.HTTPSettings {
    static let keys = [
        "loops", "max_connections", "head_timeout", "idle_timeout", "progress_timeout", "shutdown_grace",
    ]

    fileprivate init(_ value: YAMLValue) throws(FloydError) {
        let keys = try value.mapping(keys: Self.keys)
        if let value = keys["loops"] { loops = try value.integer(in: 1...64) }
        if let value = keys["max_connections"] { maximumConnections = try value.integer(in: 1...1_000_000) }
        if let value = keys["head_timeout"] {
            headTimeout = try value.duration(atLeast: .milliseconds(100), atMost: .seconds(86_400))
        }
        if let value = keys["idle_timeout"] {
            idleTimeout = try value.duration(atLeast: .milliseconds(100), atMost: .seconds(86_400))
        }
        if let value = keys["progress_timeout"] {
            progressTimeout = try value.duration(atLeast: .milliseconds(100), atMost: .seconds(86_400))
        }
        if let value = keys["shutdown_grace"] {
            shutdownGrace = try value.duration(atLeast: .milliseconds(0), atMost: .seconds(86_400))
        }
    }
}
