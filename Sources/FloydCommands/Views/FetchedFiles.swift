/// What a download did, as `clone` and `data getfile` show it.
struct FetchedFiles: Renderable {
    var summary: DownloadSummary

    private enum CodingKeys: String, CodingKey {
        case name, folder, files, bytes, kept
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(summary.name, forKey: .name)
        try container.encode(summary.folder, forKey: .folder)
        try container.encode(summary.files, forKey: .files)
        try container.encode(summary.bytes, forKey: .bytes)
        try container.encode(summary.kept, forKey: .kept)
    }

    func text(in style: TextStyle) -> String {
        var text =
            "\(TextStyle.printable(summary.name)): \(Self.count(summary.files)), \(TextStyle.bytes(summary.bytes))"
        if summary.kept > 0 {
            text += "; \(Self.count(summary.kept)) \(summary.kept == 1 ? "was" : "were") there already"
        }
        return text + "; in \(TextStyle.printable(summary.folder))\n"
    }

    static func count(_ files: Int) -> String { "\(files) file\(files == 1 ? "" : "s")" }
}
