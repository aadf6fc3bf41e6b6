internal import FloydModel
internal import Yams

/// A value in a YAML file that knows where it stands, so that whatever is wrong with it can be said with file, line and key.
struct YAMLValue {
    let file: String
    /// The keys that lead here, `instance_types.gpu` for example; empty at the top.
    let path: String
    private let node: Node
    /// Where its key stands, or, of an item of a list, itself.
    private let line: Int?

    private init(file: String, path: String, node: Node, line: Int?) {
        self.file = file
        self.path = path
        self.node = node
        self.line = line
    }

    /// The document in `text`; an empty one is an empty mapping.
    init(parsing text: String, file: String) throws(FloydError) {
        do {
            node = try Yams.compose(yaml: text) ?? Node.mapping(Node.Mapping([]))
        } catch let error as YamlError {
            throw Self.refusal(of: error, file: file)
        } catch {
            throw FloydError(
                .invalidRequest,
                "\(file): \(Self.firstLine(of: "\(error)"))",
                hint: "The file is no valid YAML."
            )
        }
        self.file = file
        path = ""
        line = nil
    }

    private static func firstLine(of text: String) -> String {
        text.split(separator: "\n").first.map(String.init) ?? text
    }

    /// What the parser finds wrong with the text as a whole.
    private static func refusal(of error: YamlError, file: String) -> FloydError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            FloydError(.invalidRequest, "\(file):\(mark.line): \(problem)", hint: "The file is no valid YAML.")
        case .duplicatedKeysInMapping(let keys, let context):
            FloydError(
                .invalidRequest,
                "\(file):\(context.mark.line): \(keys.joined(separator: ", ")): stands here, and once more below",
                hint: "Keep one of the two."
            )
        default:
            FloydError(.invalidRequest, "\(file): \(firstLine(of: "\(error)"))", hint: "The file is no valid YAML.")
        }
    }

    func error(_ message: String, hint: String? = nil) -> FloydError {
        let place = (line ?? node.mark?.line).map { "\(file):\($0)" } ?? file
        return FloydError(.invalidRequest, "\(place): \(path.isEmpty ? "" : "\(path): ")\(message)", hint: hint)
    }

    /// The values of a mapping, of which none but `keys` may be there, and none twice.
    func mapping(keys: [String]) throws(FloydError) -> [String: YAMLValue] {
        let values = try mapping()
        for (key, value) in values where !keys.contains(key) {
            throw value.error(
                "unknown key",
                hint: NearestNames.question(NearestNames.nearest(to: key, among: keys, limit: 1))
                    ?? "The keys here are \(keys.joined(separator: ", "))."
            )
        }
        return values
    }

    /// The values of a mapping whose keys are free.
    func mapping() throws(FloydError) -> [String: YAMLValue] {
        if isNull { return [:] }
        guard let mapping = node.mapping else { throw error("not a mapping of keys to values") }
        var values: [String: YAMLValue] = [:]
        for (key, node) in mapping {
            guard let name = key.string else { throw error("a key that is no text") }
            let value = YAMLValue(
                file: file,
                path: path.isEmpty ? name : "\(path).\(name)",
                node: node,
                line: key.mark?.line
            )
            if values.updateValue(value, forKey: name) != nil { throw value.error("the key stands here twice") }
        }
        return values
    }

    func list() throws(FloydError) -> [YAMLValue] {
        if isNull { return [] }
        guard let sequence = node.sequence else { throw error("not a list") }
        return sequence.enumerated().map {
            YAMLValue(file: file, path: "\(path)[\($0.offset)]", node: $0.element, line: $0.element.mark?.line)
        }
    }

    var isNull: Bool { node.scalar != nil && node.null != nil }

    func string() throws(FloydError) -> String {
        guard let scalar = node.scalar, !isNull else { throw error("not a text") }
        return scalar.string
    }

    func integer(in range: ClosedRange<Int>) throws(FloydError) -> Int {
        guard let scalar = node.scalar, let value = Int(scalar.string) else { throw error("not a whole number") }
        guard range.contains(value) else {
            throw error("\(value) is not between \(range.lowerBound) and \(range.upperBound)")
        }
        return value
    }

    /// One of the cases of an enumeration, by its raw value.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ type: Choice.Type = Choice.self
    ) throws(FloydError) -> Choice where Choice.RawValue == String {
        guard let choice = Choice(rawValue: try string()) else {
            throw error("\(try string()) is none of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    /// Bytes: `512`, `64KiB`, `16 MiB`, `2GiB`, `1TiB`; at most 1 PiB, so that sums of many stay numbers.
    func bytes() throws(FloydError) -> Int64 {
        guard let bytes = Quantity.bytes(try string()) else {
            throw error("\(try string()) is no amount of bytes", hint: "Write 512, 64KiB, 16MiB or 2GiB.")
        }
        guard bytes <= 1 << 50 else { throw error("\(try string()) is more than 1024TiB") }
        return bytes
    }

    /// A span of time: `500ms`, `30s`, `10m`, `2h`, `7d`; a bare number is seconds.
    func duration(atLeast minimum: Duration, atMost maximum: Duration) throws(FloydError) -> Duration {
        guard let duration = Quantity.duration(try string()) else {
            throw error("\(try string()) is no span of time", hint: "Write 30s, 10m, 2h or 7d.")
        }
        guard duration >= minimum else { throw error("\(try string()) is less than \(Quantity.text(minimum))") }
        guard duration <= maximum else { throw error("\(try string()) is more than \(Quantity.text(maximum))") }
        return duration
    }
}

/// Amounts with units, as people write them.
enum Quantity {
    static func bytes(_ text: String) -> Int64? {
        let units: [(String, Int64)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)]
        return amount(text, units: units)
    }

    static func duration(_ text: String) -> Duration? {
        amount(text, units: [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)], bare: 1_000)
            .map { .milliseconds($0) }
    }

    /// As a config would have it.
    static func text(_ duration: Duration) -> String {
        let milliseconds = duration / .milliseconds(1)
        for (unit, size) in [("d", 86_400_000.0), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)] {
            let count = milliseconds / size
            if count >= 1, count.rounded() == count { return "\(Int64(count))\(unit)" }
        }
        return "\(Int64(milliseconds))ms"
    }

    private static func amount(_ text: String, units: [(String, Int64)], bare: Int64 = 1) -> Int64? {
        let unit = units.first { text.hasSuffix($0.0) && !text.dropLast($0.0.count).isEmpty }
        let digits = text.dropLast(unit?.0.count ?? 0)
        let number = digits.last == " " ? digits.dropLast() : digits
        guard let value = Int64(number), value >= 0 else { return nil }
        let (product, overflow) = value.multipliedReportingOverflow(by: unit?.1 ?? bare)
        return overflow ? nil : product
    }
}
