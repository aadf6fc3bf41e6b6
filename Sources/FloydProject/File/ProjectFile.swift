public import FloydModel

/// `floyd.yml`: a project's defaults for runs, and named tasks that change them.
///
/// ```yaml
/// env: keras
/// machine: gpu
/// input:
///   - source: alice/datasets/modelnet/1
///     destination: modelnet
///   - alice/datasets/words:words
/// max_runtime: 2h
/// retries: 3
/// command: python train.py
/// task:
///   evaluate:
///     machine: cpu
///     command: python evaluate.py
/// ```
/// A task's value replaces the top level's of the same key, `input` as a whole.
public struct ProjectFile: Sendable, Hashable {
    /// The first one that is there counts.
    public static let fileNames = ["floyd.yaml", "floyd.yml"]

    /// The name under which errors speak of the file.
    let name: String
    let top: RunLayer
    let tasks: [String: RunLayer]

    /// The project file of `folder`, or nil where it has none.
    ///
    /// - Throws: `FloydError` with `localFile` where the file can't be read and with `invalidRequest`, naming file, line and key, where it isn't YAML, has
    ///   a key that means nothing or a value that can't be.
    public static func load(folder: String) throws(FloydError) -> ProjectFile? {
        for name in fileNames {
            guard let bytes = try ProjectFolder.read("\(folder)/\(name)", followsLinks: true) else { continue }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw FloydError(.invalidRequest, "\(name) is not UTF-8")
            }
            return try ProjectFile(text, name: name)
        }
        return nil
    }

    /// Reads the text of a project file.
    public init(_ text: String, name: String = "floyd.yml") throws(FloydError) {
        self.name = name
        (top, tasks) = try ProjectFileReader(file: name).read(text)
    }

    /// The names of the tasks, sorted.
    public var taskNames: [String] { tasks.keys.sorted() }

    /// What holds for a run of `task`, or for one without a task.
    ///
    /// - Throws: `FloydError` with `notFound` where there is no such task.
    public func settings(task: String?) throws(FloydError) -> RunSettings {
        guard let task else { return RunSettings(layers: [top]) }
        guard let layer = tasks[task] else {
            let names = taskNames.joined(separator: ", ")
            throw FloydError(
                .notFound,
                "\(name) has no task \"\(task)\"",
                hint: tasks.isEmpty ? "It has no tasks at all." : "Its tasks are: \(names)."
            )
        }
        return RunSettings(layers: [layer, top])
    }
}

/// The values that one level of a project file gives; nil: not given.
struct RunLayer: Sendable, Hashable {
    var env: String?
    var machine: String?
    var input: [RunSettings.Input]?
    var description: String?
    var maxRuntime: Int?
    var retries: Int?
    var command: String?
}

extension RunSettings {
    /// For each key the first layer that gives it.
    init(layers: [RunLayer]) {
        func first<Value>(_ key: KeyPath<RunLayer, Value?>) -> Value? {
            layers.lazy.compactMap { $0[keyPath: key] }.first
        }
        self.init(
            env: first(\.env),
            machine: first(\.machine),
            input: first(\.input) ?? [],
            description: first(\.description),
            maxRuntime: first(\.maxRuntime),
            retries: first(\.retries),
            command: first(\.command)
        )
    }
}
