import FloydModel
import Yams

/// Reads the YAML of a project file into its layers; every error names the file, the line and the key.
struct ProjectFileReader {
    private let file: String
    private static let keys = ["machine", "env", "input", "description", "max_runtime", "retries", "command"]

    init(file: String) {
        self.file = file
    }

    func read(_ text: String) throws(FloydError) -> (top: RunLayer, tasks: [String: RunLayer]) {
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            throw flaw(in: error)
        }
        // An empty file, or one of comments alone.
        guard let node, !isNull(node) else { return (RunLayer(), [:]) }
        var tasks: [String: RunLayer] = [:]
        let top = try layer(node, what: "the file") { (key: String, value: Node) throws(FloydError) in
            guard key == "task" else { return false }
            for (name, body) in try pairs(value, what: "task") {
                tasks[name] = try layer(body, what: "task.\(name)") { _, _ in false }
            }
            return true
        }
        return (top, tasks)
    }

    private func layer(
        _ node: Node,
        what: String,
        other: (String, Node) throws(FloydError) -> Bool
    ) throws(FloydError) -> RunLayer {
        var layer = RunLayer()
        for (key, value) in try pairs(node, what: what) {
            switch key {
            case "machine": layer.machine = try text(value, key)
            case "env": layer.env = try text(value, key)
            case "description": layer.description = try text(value, key)
            case "command": layer.command = try text(value, key)
            case "max_runtime": layer.maxRuntime = try seconds(value, key)
            case "retries": layer.retries = try retries(value, key)
            case "input": layer.input = try inputs(value)
            default:
                if try !other(key, value) { throw unknown(key, at: value) }
            }
        }
        return layer
    }

    private func pairs(_ node: Node, what: String) throws(FloydError) -> [(String, Node)] {
        guard let mapping = node.mapping else { throw flaw(node, "\(what) is not a list of \"key: value\"") }
        var pairs: [(String, Node)] = []
        for (key, value) in mapping {
            guard let name = key.scalar?.string else { throw flaw(key, "a key in \(what) is not a word") }
            pairs.append((name, value))
        }
        return pairs
    }

    private func text(_ node: Node, _ key: String) throws(FloydError) -> String {
        guard let scalar = node.scalar else { throw flaw(node, "\(key) is not a text") }
        guard !isNull(node), scalar.string.contains(where: { !$0.isWhitespace }) else {
            throw flaw(node, "\(key) has no value")
        }
        return scalar.string
    }

    private func seconds(_ node: Node, _ key: String) throws(FloydError) -> Int {
        guard let text = node.scalar?.string, let seconds = TimeSpan.seconds(text), seconds > 0 else {
            throw flaw(node, "\(key) is not a time above 0", hint: "Write a number of seconds, or \(TimeSpan.forms).")
        }
        return seconds
    }

    private func retries(_ node: Node, _ key: String) throws(FloydError) -> Int {
        guard let text = node.scalar?.string, let count = Int(text), RunSettings.retryRange.contains(count) else {
            let range = RunSettings.retryRange
            throw flaw(node, "\(key) is not a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return count
    }

    private func inputs(_ node: Node) throws(FloydError) -> [RunSettings.Input] {
        // One source alone may stand without a list.
        guard let sequence = node.sequence else { return [try input(node)] }
        var inputs: [RunSettings.Input] = []
        for item in sequence { inputs.append(try input(item)) }
        return inputs
    }

    private func input(_ node: Node) throws(FloydError) -> RunSettings.Input {
        guard node.mapping != nil else {
            let parts = try text(node, "input").split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.allSatisfy({ !$0.isEmpty }) else {
                throw flaw(node, "input is not SOURCE or SOURCE:DESTINATION")
            }
            return RunSettings.Input(source: String(parts[0]), destination: parts.count == 2 ? String(parts[1]) : nil)
        }
        var source: String?
        var destination: String?
        for (key, value) in try pairs(node, what: "input") {
            switch key {
            case "source": source = try text(value, "input.source")
            case "destination": destination = try text(value, "input.destination")
            default: throw flaw(value, "input has no key \"\(key)\"", hint: "Its keys are: source, destination.")
            }
        }
        guard let source else { throw flaw(node, "input has no source") }
        return RunSettings.Input(source: source, destination: destination)
    }

    private func isNull(_ node: Node) -> Bool {
        guard let scalar = node.scalar, scalar.style == .any || scalar.style == .plain else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    private func unknown(_ key: String, at node: Node) -> FloydError {
        let hint =
            switch key {
            case "mode": "Remove it: a run is always a job."
            case "data": "Data sources stand under \"input\"."
            default: "The keys are: \((Self.keys + ["task"]).joined(separator: ", "))."
            }
        return flaw(node, "there is no key \"\(key)\"", hint: hint)
    }

    private func flaw(_ node: Node, _ message: String, hint: String? = nil) -> FloydError {
        guard let line = node.mark?.line else { return FloydError(.invalidRequest, "\(file): \(message)", hint: hint) }
        return FloydError(.invalidRequest, "\(file):\(line): \(message)", hint: hint)
    }

    private func flaw(in error: any Error) -> FloydError {
        guard let error = error as? YamlError else { return FloydError(.invalidRequest, "\(file): \(error)") }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return FloydError(.invalidRequest, "\(file):\(mark.line): it is not YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.joined(separator: ", ")
            return FloydError(.invalidRequest, "\(file):\(context.mark.line): a key stands there twice: \(keys)")
        default:
            return FloydError(.invalidRequest, "\(file): it is not YAML: \(error)")
        }
    }
}
