/// Reads Prometheus' text format, version 0.0.4, and refuses whatever isn't exactly that.
struct ParsedExposition {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    struct Sample: Hashable {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    struct Family {
        var name: String
        var kind: String
        var samples: [Sample] = []
    }

    private(set) var families: [Family] = []

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Failure(description: "the last line doesn't end") }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()[...]
        var seen: Set<String> = []
        var series: Set<[String]> = []
        while let help = lines.popFirst() {
            let words = help.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
            guard words.count == 4, words[0] == "#", words[1] == "HELP", !words[3].isEmpty else {
                throw Failure(description: "not a HELP line: \(help)")
            }
            let name = String(words[2])
            guard Self.isName(name), seen.insert(name).inserted else { throw Failure(description: "twice: \(name)") }
            try Self.checkEscapes(words[3], allowed: ["\\", "n"])
            guard let type = lines.popFirst(), type.hasPrefix("# TYPE \(name) ") else {
                throw Failure(description: "no TYPE behind HELP of \(name)")
            }
            var family = Family(name: name, kind: String(type.dropFirst("# TYPE \(name) ".count)))
            guard ["counter", "gauge", "histogram"].contains(family.kind) else { throw Failure(description: "\(type)") }
            guard (family.kind == "counter") == name.hasSuffix("_total") else {
                throw Failure(description: "\(name) is a \(family.kind)")
            }
            while let line = lines.first, !line.hasPrefix("#") {
                lines.removeFirst()
                let sample = try Self.sample(line)
                let suffixes = family.kind == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
                guard suffixes.contains(where: { sample.name == name + $0 }) else {
                    throw Failure(description: "\(line) stands under \(name)")
                }
                let key = [sample.name] + sample.labels.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
                guard series.insert(key).inserted else { throw Failure(description: "twice: \(line)") }
                if family.kind != "gauge", sample.value < 0 { throw Failure(description: "negative: \(line)") }
                family.samples.append(sample)
            }
            if family.kind == "histogram" { try Self.checkHistogram(family) }
            families.append(family)
        }
    }

    /// The value of the one sample of that name whose labels have these among them.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let found = families.flatMap(\.samples).filter { sample in
            sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
        }
        return found.count == 1 ? found[0].value : nil
    }

    // MARK: Parts

    private static func isName(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
        return text.utf8.allSatisfy { (48...58).contains($0) || (97...122).contains($0 | 0x20) || $0 == 95 }
    }

    private static func checkEscapes(_ text: some StringProtocol, allowed: [Character]) throws {
        var rest = text[...]
        while let slash = rest.firstIndex(of: "\\") {
            let next = rest.index(after: slash)
            guard next < rest.endIndex, allowed.contains(rest[next]) else {
                throw Failure(description: "an escape that there isn't: \(text)")
            }
            rest = rest[rest.index(after: next)...]
        }
    }

    private static func sample(_ line: Substring) throws -> Sample {
        let nameEnd = line.firstIndex { $0 == "{" || $0 == " " } ?? line.endIndex
        let name = line[..<nameEnd]
        guard isName(name), nameEnd < line.endIndex else { throw Failure(description: "not a sample: \(line)") }
        var labels: [String: String] = [:]
        var rest = line[nameEnd...]
        if rest.first == "{" {
            rest.removeFirst()
            while true {
                guard let equals = rest.firstIndex(of: "="), isName(rest[..<equals]), !rest[..<equals].contains(":")
                else { throw Failure(description: "not a label: \(line)") }
                let label = String(rest[..<equals])
                rest = rest[rest.index(after: equals)...]
                guard rest.popFirst() == "\"" else { throw Failure(description: "no quote: \(line)") }
                var value = ""
                while let character = rest.popFirst(), character != "\"" {
                    guard character == "\\" else {
                        value.append(character)
                        continue
                    }
                    switch rest.popFirst() {
                    case "\\": value.append("\\")
                    case "\"": value.append("\"")
                    case "n": value.append("\n")
                    default: throw Failure(description: "an escape that there isn't: \(line)")
                    }
                }
                guard labels.updateValue(value, forKey: label) == nil else {
                    throw Failure(description: "twice: \(line)")
                }
                let next = rest.popFirst()
                if next == "}" { break }
                guard next == "," else { throw Failure(description: "no end of labels: \(line)") }
            }
        }
        guard rest.popFirst() == " " else { throw Failure(description: "no space before the value: \(line)") }
        guard let value = rest == "+Inf" ? .infinity : Double(rest), !rest.contains(" ") else {
            throw Failure(description: "no value: \(line)")
        }
        return Sample(name: String(name), labels: labels, value: value)
    }

    private static func checkHistogram(_ family: Family) throws {
        var groups: [[String: String]: [Sample]] = [:]
        for sample in family.samples {
            var labels = sample.labels
            let bound = labels.removeValue(forKey: "le")
            guard (bound != nil) == sample.name.hasSuffix("_bucket") else {
                throw Failure(description: "le: \(sample)")
            }
            groups[labels, default: []].append(sample)
        }
        for samples in groups.values {
            let buckets = samples.filter { $0.name.hasSuffix("_bucket") }
            let bounds = buckets.map { Self.bound($0.labels["le"] ?? "") }
            guard bounds.last == .infinity, zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 }) else {
                throw Failure(description: "the bounds of \(family.name): \(bounds)")
            }
            let counts = buckets.map(\.value)
            guard zip(counts, counts.dropFirst()).allSatisfy({ $0 <= $1 }) else {
                throw Failure(description: "buckets of \(family.name) that fall: \(counts)")
            }
            let count = samples.filter { $0.name.hasSuffix("_count") }.map(\.value)
            guard count == [counts.last ?? -1], samples.count(where: { $0.name.hasSuffix("_sum") }) == 1 else {
                throw Failure(description: "the count of \(family.name): \(count)")
            }
        }
    }

    private static func bound(_ text: String) -> Double { text == "+Inf" ? .infinity : Double(text) ?? .nan }
}
