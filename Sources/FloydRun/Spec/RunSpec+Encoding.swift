internal import FloydOS

extension RunSpec {
    /// The version of the encoding. A worker refuses any other; a daemon never changes a spec that it has written.
    public static let version = 2
    private static let format = "floydlite-run-spec"

    /// The bytes of the file `spec`.
    public func encoded() -> [UInt8] {
        var fields = FieldWriter(format: Self.format, version: Self.version)
        fields.append("job", jobID)
        fields.append("name", jobName)
        fields.append("attempt", attempt)
        fields.append("command", command)
        switch isolation {
        case .bubblewrap(let program): fields.append("bubblewrap", program)
        case .none: break
        }
        fields.append(identity, "identity")
        fields.append("user", userName)
        fields.append(variables)
        for input in inputs {
            fields.append("input", input.path)
            fields.append("input.name", input.names)
            if input.isInput { fields.append("input.alias", "") }
        }
        if let software { fields.append("software", software) }
        fields.append("device", devices)
        fields.append("network", network.rawValue)
        if let maximumRuntime { fields.append("maximum-runtime", maximumRuntime) }
        fields.append("grace-period", gracePeriod)
        fields.append(limits)
        for hierarchy in cgroups.hierarchies { fields.append("cgroup", hierarchy.description) }
        fields.append("cpu-weight", cpuWeight)
        fields.append("log-limit", Int(logLimit))
        if let preparation { fields.append(preparation, as: "preparation") }
        // Where there is none, the bytes are those of releases that knew of none.
        if let layer { fields.append(layer) }
        // So that a cut at the end of a field is noticed.
        fields.append("end", "")
        return fields.bytes
    }

    /// - Throws: `FieldError` for anything that `encoded()` would not have written.
    public init(decoding bytes: [UInt8]) throws(FieldError) {
        var fields = try FieldReader(bytes, format: Self.format, version: Self.version)
        jobID = try fields.take("job")
        jobName = try fields.take("name")
        attempt = try fields.takeNumber("attempt")
        command = try fields.take("command")
        isolation = fields.takeIfPresent("bubblewrap").map { .bubblewrap(program: $0) } ?? .none
        identity = try fields.takeIdentity("identity")
        userName = try fields.take("user")
        variables = try fields.takeVariables()
        while let path = fields.takeIfPresent("input") {
            inputs.append(
                Input(
                    path: path,
                    names: fields.takeAll("input.name"),
                    isInput: fields.takeIfPresent("input.alias") != nil
                )
            )
        }
        software = fields.takeIfPresent("software")
        devices = fields.takeAll("device")
        guard let network = Network(rawValue: try fields.take("network")) else {
            throw FieldError("the network is unknown")
        }
        self.network = network
        maximumRuntime = try fields.takeNumberIfPresent("maximum-runtime")
        gracePeriod = try fields.takeNumber("grace-period")
        limits = try fields.takeLimits()
        for text in fields.takeAll("cgroup") {
            guard let hierarchy = CgroupSite.Hierarchy(text) else { throw FieldError("a cgroup's place is wrong") }
            cgroups.hierarchies.append(hierarchy)
        }
        cpuWeight = try fields.takeNumber("cpu-weight")
        logLimit = Int64(try fields.takeNumber("log-limit"))
        preparation = try fields.takePreparation("preparation")
        layer = try fields.takeLayer()
        _ = try fields.take("end")
        try fields.finish()
        for number in [attempt, gracePeriod, maximumRuntime ?? 0] where !(0...1 << 40).contains(number) {
            throw FieldError("the number \(number) is out of range")
        }
        guard (1...10_000).contains(cpuWeight), logLimit >= 0 else { throw FieldError("a number is out of range") }
    }
}

extension FieldWriter {
    fileprivate mutating func append(_ identity: UserIdentity?, _ name: String) {
        guard let identity else { return }
        append("\(name).uid", Int(identity.uid))
        append("\(name).gid", Int(identity.gid))
    }

    fileprivate mutating func append(_ variables: [RunSpec.Variable]) {
        for variable in variables {
            append("variable", variable.name)
            append("variable.value", variable.value)
        }
    }

    fileprivate mutating func append(_ limits: RunSpec.Limits) {
        if let memory = limits.memory { append("limit.memory", Int(memory)) }
        if let processes = limits.processes { append("limit.processes", processes) }
        if let openFiles = limits.openFiles { append("limit.open-files", openFiles) }
        if let disk = limits.disk { append("limit.disk", Int(disk)) }
    }

    fileprivate mutating func append(_ layer: Layer) {
        append(layer.preparation, as: "layer")
        append("layer.base", layer.base)
        if layer.readsCode { append("layer.reads-code", "") }
        append("layer.network", layer.network.rawValue)
        if layer.isShared { append("layer.shared", "") }
    }

    fileprivate mutating func append(_ preparation: Preparation, as name: String) {
        append(name, preparation.title)
        append("folder", preparation.folder)
        for step in preparation.steps {
            append("step", step.count)
            append("step.argument", step)
        }
        append(preparation.variables)
        append("cache", preparation.cacheFolder)
        append(preparation.builder, "builder")
        append("read-only", preparation.readOnlyPaths)
    }
}

extension FieldReader {
    fileprivate mutating func takeIdentity(_ name: String) throws(FieldError) -> UserIdentity? {
        guard let uid = try takeNumberIfPresent("\(name).uid") else { return nil }
        let gid = try takeNumber("\(name).gid")
        // The highest number means "no change" to setresuid(2).
        guard let uid = UInt32(exactly: uid), let gid = UInt32(exactly: gid), uid < .max, gid < .max else {
            throw FieldError("\(name) is not a user")
        }
        return UserIdentity(uid: uid, gid: gid)
    }

    fileprivate mutating func takeVariables() throws(FieldError) -> [RunSpec.Variable] {
        var variables: [RunSpec.Variable] = []
        while let name = takeIfPresent("variable") {
            guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "=")) else {
                throw FieldError("a variable's name is wrong")
            }
            variables.append(RunSpec.Variable(name, try take("variable.value")))
        }
        return variables
    }

    fileprivate mutating func takeLimits() throws(FieldError) -> RunSpec.Limits {
        let limits = RunSpec.Limits(
            memory: try takeNumberIfPresent("limit.memory").map(Int64.init),
            processes: try takeNumberIfPresent("limit.processes"),
            openFiles: try takeNumberIfPresent("limit.open-files"),
            disk: try takeNumberIfPresent("limit.disk").map(Int64.init)
        )
        // A limit of nothing would be no job.
        guard (limits.memory ?? 1) > 0, (limits.processes ?? 1) > 0, (limits.openFiles ?? 1) > 0, (limits.disk ?? 1) > 0
        else { throw FieldError("a limit is out of range") }
        return limits
    }

    fileprivate mutating func takeLayer() throws(FieldError) -> Layer? {
        guard let preparation = try takePreparation("layer") else { return nil }
        let base = try take("layer.base")
        let readsCode = takeIfPresent("layer.reads-code") != nil
        guard let network = RunSpec.Network(rawValue: try take("layer.network")) else {
            throw FieldError("the layer's network is unknown")
        }
        return Layer(
            preparation: preparation,
            base: base,
            readsCode: readsCode,
            network: network,
            isShared: takeIfPresent("layer.shared") != nil
        )
    }

    fileprivate mutating func takePreparation(_ name: String) throws(FieldError) -> Preparation? {
        guard let title = takeIfPresent(name) else { return nil }
        let folder = try take("folder")
        var steps: [[String]] = []
        while let count = try takeNumberIfPresent("step") {
            var arguments: [String] = []
            for _ in 0..<max(0, count) { arguments.append(try take("step.argument")) }
            guard !arguments.isEmpty else { throw FieldError("a step is empty") }
            steps.append(arguments)
        }
        return Preparation(
            title: title,
            folder: folder,
            steps: steps,
            variables: try takeVariables(),
            cacheFolder: try take("cache"),
            builder: try takeIdentity("builder"),
            readOnlyPaths: takeAll("read-only")
        )
    }
}
