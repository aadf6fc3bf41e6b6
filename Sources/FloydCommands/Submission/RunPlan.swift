import FloydAPI
import FloydModel
import FloydProject

/// What `run` is to submit, complete but for the code.
struct RunPlan: Hashable {
    /// What the command line says.
    struct Given {
        var environment: String?
        var instanceType: String?
        var data: [String] = []
        var message: String?
        var task: String?
        var maxRuntime: Int?
        var retries: Int?
        var command = ""
    }

    var environment: String?
    var instanceType: String?
    var data: [SubmitJobRequest.DataMount]
    var message: String?
    var maxRuntime: Int?
    var retries: Int?
    var command: String

    /// The command line wins over the task, the task over the top level of floyd.yml.
    ///
    /// - Throws: `FloydError` for a flaw of floyd.yml, and what `init(_:settings:project:)` throws.
    init(_ given: Given, folder: String, project: ResourceName) throws(FloydError) {
        let file = try ProjectFile.load(folder: folder)
        if let task = given.task, file == nil {
            throw FloydError(
                .invalidRequest,
                "there is no task \(task): this folder has no floyd.yml",
                hint: "Write one with `task:`, or leave out --task."
            )
        }
        try self.init(given, settings: try file?.settings(task: given.task), project: project)
    }

    /// - Throws: `FloydError` with `invalidRequest` or `invalidName` for a value that can't be.
    init(_ given: Given, settings: RunSettings?, project: ResourceName) throws(FloydError) {
        environment = given.environment ?? settings?.env
        instanceType = given.instanceType ?? settings?.machine
        message = given.message ?? settings?.description
        maxRuntime = given.maxRuntime ?? settings?.maxRuntime
        retries = given.retries ?? settings?.retries
        let words = given.command.allSatisfy(\.isWhitespace) ? settings?.command ?? "" : given.command
        guard !words.allSatisfy(\.isWhitespace) else {
            throw FloydError(
                .invalidRequest,
                "there is no command to run",
                hint: "Give one, `floydlite run \"python train.py\"`, or put `command:` into floyd.yml."
            )
        }
        guard !words.utf8.contains(0) else { throw FloydError(.invalidRequest, "the command has a NUL character") }
        command = words
        if let maxRuntime, maxRuntime <= 0 {
            throw FloydError(
                .invalidRequest,
                "a longest run time of \(maxRuntime) seconds leaves no time",
                hint: "Give a number of seconds greater than 0."
            )
        }
        if let retries, !RunSettings.retryRange.contains(retries) {
            throw FloydError(
                .invalidRequest,
                "\(retries) is no number of retries",
                hint: "Give one from \(RunSettings.retryRange.lowerBound) to \(RunSettings.retryRange.upperBound)."
            )
        }
        data = []
        if given.data.isEmpty {
            for input in settings?.input ?? [] {
                data.append(try Self.mount(input.source, at: input.destination, project))
            }
        } else {
            for text in given.data {
                data.append(try Self.mount(parsing: text, project))
            }
        }
    }

    /// What `SOURCE:MOUNT` means.
    ///
    /// - Parameter project: whose job a number means; asked for where there is one.
    static func mount(
        parsing text: String,
        _ project: @autoclosure () throws(FloydError) -> ResourceName
    ) throws(FloydError) -> SubmitJobRequest.DataMount {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return try mount(parts[0], at: parts.count > 1 ? parts[1] : nil, project())
    }

    private static func mount(
        _ source: String,
        at destination: String?,
        _ project: @autoclosure () throws(FloydError) -> ResourceName
    ) throws(FloydError) -> SubmitJobRequest.DataMount {
        var reference = try Reference(parsing: source)
        if reference.isNumber {
            guard reference.isOutput else {
                throw FloydError(
                    .invalidName,
                    "\(source) alone names no dataset",
                    hint: "Give an id, NAME, NAME/NUMBER, or \(source)/output for the output of job \(source)."
                )
            }
            reference = .completing(reference, in: try project())
        }
        guard let destination else { return SubmitJobRequest.DataMount(source: reference.description) }
        // `:/data` is FloydHub's other spelling of `:data`.
        let mount = try MountName(destination).string
        return SubmitJobRequest.DataMount(source: reference.description, mount: mount)
    }
}
