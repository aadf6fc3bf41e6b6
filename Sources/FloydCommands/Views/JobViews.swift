import FloydAPI
import FloydModel
import FloydProject

/// Jobs in lines, as `status` shows them.
struct JobList: Renderable {
    var items: [JobResponse]

    func text(in style: TextStyle) -> String {
        var table = Table(["JOB NAME", "CREATED", "STATUS", "DURATION(s)", "INSTANCE", "DESCRIPTION"])
        for job in items {
            table.add([
                job.name, style.age(of: job.created), style.status(of: job), TextStyle.duration(job.duration),
                job.instanceType, TextStyle.printable(job.message ?? ""),
            ])
        }
        return table.text
    }
}

/// Everything about one job, as `info` shows it.
struct JobDetails: Renderable {
    var job: JobResponse

    func encode(to encoder: any Encoder) throws {
        try job.encode(to: encoder)
    }

    func text(in style: TextStyle) -> String {
        var table = Table()
        table.add("Job name", job.name)
        table.add("ID", job.id.string)
        table.add("Created", "\(MessageCoding.format(job.created)) (\(style.age(of: job.created)))")
        table.add("Status", style.status(of: job))
        table.add("Reason", job.reason.map(TextStyle.printable))
        table.add("Exit code", job.exitCode.map(String.init))
        table.add("Signal", job.signal.map(String.init))
        table.add("Started", job.started.map(MessageCoding.format))
        table.add("Finished", job.finished.map(MessageCoding.format))
        table.add("Duration(s)", TextStyle.duration(job.duration))
        table.add("Instance", job.instanceType)
        table.add("GPUs", job.gpus.map(String.init).joined(separator: ", "))
        table.add("Environment", job.environment)
        table.add("Command", TextStyle.printable(job.command))
        for mount in job.data { table.add("Data", "\(mount.source) (\(mount.id)) at \(mount.path)") }
        table.add("Max runtime(s)", job.maxRuntime.map(String.init))
        table.add("Retries", job.retries > 0 ? String(job.retries) : nil)
        table.add("Attempt", job.attempt > 1 ? String(job.attempt) : nil)
        table.add("Limits", job.limits.map(Self.text))
        table.add("Enforced by", job.limits.map { TextStyle.printable($0.enforcement) })
        table.add("Isolation", job.isolation)
        table.add(
            "Runs as",
            job.uids == "service" ? "the server's own user" : job.uids.map { _ in "a user of the account's own" }
        )
        table.add("Visibility", job.isPublic.map(TextStyle.visibility))
        table.add("Output", job.outputDeleted.map { "deleted \(MessageCoding.format($0))" })
        table.add("Description", job.message.map(TextStyle.printable))
        // One attempt, and never another, is what stands above.
        guard job.attempts.count > 1 || job.retries > 0, !job.attempts.isEmpty else { return table.text }
        return table.text + "\n" + attempts(style)
    }

    private func attempts(_ style: TextStyle) -> String {
        var table = Table(["ATTEMPT", "OUTCOME", "EXIT CODE", "STARTED", "DURATION(s)", "REASON"])
        for attempt in job.attempts {
            table.add([
                String(attempt.number), attempt.outcome.map(style.status) ?? "",
                attempt.exitCode.map(String.init) ?? "",
                attempt.started.map(MessageCoding.format) ?? "", TextStyle.duration(attempt.duration),
                TextStyle.printable(attempt.reason ?? ""),
            ])
        }
        return table.text
    }

    private static func text(_ limits: LimitsResponse) -> String {
        [
            limits.memory.map { "memory \(TextStyle.binaryBytes($0))" }, limits.processes.map { "\($0) processes" },
            limits.openFiles.map { "\($0) open files" }, limits.disk.map { "disk \(TextStyle.binaryBytes($0))" },
        ]
        .compactMap { $0 }.joined(separator: ", ")
    }
}

/// A job that was just submitted, as `run` shows it.
struct SubmittedJob: Renderable {
    var job: JobResponse

    func encode(to encoder: any Encoder) throws {
        try job.encode(to: encoder)
    }

    func text(in style: TextStyle) -> String {
        var table = Table(["RUN ID", "JOB NAME"])
        table.add([job.id.string, job.name])
        guard !job.data.isEmpty else { return table.text }
        var data = Table(["DATA NAME", "MOUNTING DIRECTORY"])
        for mount in job.data { data.add([mount.source, mount.path]) }
        return table.text + "\n" + data.text
    }

    /// What it was taken as, in a line.
    static func summary(of job: JobResponse) -> String {
        var parts = ["\(job.name): \(job.environment) on \(job.instanceType)"]
        if let seconds = job.maxRuntime { parts.append("at most \(TimeSpan.text(seconds: seconds))") }
        if job.retries > 0 { parts.append(job.retries == 1 ? "1 retry" : "\(job.retries) retries") }
        return "\(parts.joined(separator: ", ")): \(TextStyle.printable(job.command))"
    }
}

/// Jobs that were just deleted, or what they left.
struct DeletedJobs: Renderable {
    var items: [JobResponse]
    /// Whether all else of them is still there.
    var isOutputAlone: Bool

    enum CodingKeys: String, CodingKey {
        case items
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(items, forKey: .items)
    }

    func text(in style: TextStyle) -> String {
        items.map { "Deleted \(isOutputAlone ? "the output of " : "")\($0.name)\n" }.joined()
    }
}

/// A job that was told to stop.
struct StoppedJob: Renderable {
    var job: JobResponse

    func encode(to encoder: any Encoder) throws {
        try job.encode(to: encoder)
    }

    func text(in style: TextStyle) -> String {
        switch job.state {
        case .finished where job.outcome == .shutdown: "\(job.name) is stopped.\n"
        case .finished: "\(job.name) had ended before: \(style.status(of: job)).\n"
        case .queued, .starting, .running, .stopping: "\(job.name) is being stopped.\n"
        }
    }
}

/// The jobs of a project that were told to stop.
struct StoppedJobs: Renderable {
    var items: [JobResponse]

    func text(in style: TextStyle) -> String {
        items.map { StoppedJob(job: $0).text(in: style) }.joined()
    }
}

/// What a job left behind, as `output` shows it.
struct JobOutput: Renderable {
    var output: OutputResponse

    func encode(to encoder: any Encoder) throws {
        try output.encode(to: encoder)
    }

    func text(in style: TextStyle) -> String {
        var table = Table(["FILE", "SIZE", "MODIFIED"])
        for file in output.files {
            let mark =
                switch file.type {
                case "dir": "/"
                case "link": "@"
                default: ""
                }
            table.add([
                TextStyle.printable(file.path) + mark, file.type == "file" ? TextStyle.bytes(file.size) : "",
                style.age(of: file.modified),
            ])
        }
        return table.text
    }
}

/// An address to open or fetch.
struct AddressView: Renderable {
    var url: String

    func text(in style: TextStyle) -> String { url + "\n" }
}
