internal import FloydOS
internal import Glibc

/// Finds the graphics cards: `nvidia-smi` says their indices and UUIDs, the driver's files in `/proc` the numbers of their nodes.
enum GPUProbe {
    private static let query = ["--query-gpu=index,uuid", "--format=csv,noheader"]

    /// The cards, or none where there is no driver or it doesn't answer.
    static func find() -> [GPU] {
        guard let program = ExecutablePath.find("nvidia-smi"),
            let output = try? CommandOutput.of(program, query, timeout: .seconds(20)), output.exitCode == 0
        else { return [] }
        let folder = "/proc/driver/nvidia/gpus"
        let driver = ((try? Folder.names(in: folder)) ?? []).compactMap { name in
            (try? DurableFile.read("\(folder)/\(name)/information")).flatMap { $0 }
        }
        return cards(query: output.text, driver: driver.map { String(decoding: $0, as: UTF8.self) })
    }

    /// - Parameters:
    ///   - query: lines like `0, GPU-8f2c…`.
    ///   - driver: the `information` files, with lines like `GPU UUID: GPU-8f2c…` and `Device Minor: 0`.
    static func cards(query: String, driver: [String]) -> [GPU] {
        var minors: [String: Int] = [:]
        for information in driver {
            let fields = Dictionary(
                information.split(separator: "\n").compactMap(field),
                uniquingKeysWith: { first, _ in first }
            )
            if let uuid = fields["GPU UUID"], let minor = fields["Device Minor"].flatMap({ Int($0) }) {
                minors[uuid] = minor
            }
        }
        return query.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: ",").map(trimmed)
            guard parts.count == 2, let index = Int(parts[0]) else { return nil }
            return GPU(index: index, uuid: parts[1], minor: minors[parts[1]])
        }
    }

    private static func field(_ line: Substring) -> (String, String)? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        return (trimmed(line[..<colon]), trimmed(line[line.index(after: colon)...]))
    }

    private static func trimmed(_ text: Substring) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(text.drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
