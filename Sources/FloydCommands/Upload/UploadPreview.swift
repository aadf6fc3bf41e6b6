import FloydModel
import FloydTree

/// What an upload of a folder would send, found out without sending it.
struct UploadPreview: Renderable {
    struct File: Encodable, Hashable {
        var path: String
        var size: Int64
    }

    /// Of the whole folder.
    var files: Int
    var size: Int64
    var filesToSend: Int
    var bytesToSend: Int64
    /// The largest of those to be sent.
    var largest: [File]
    /// Files and folders that are left out.
    var ignored: [String]

    enum CodingKeys: String, CodingKey {
        case files, size, largest, ignored
        case filesToSend = "files_to_send"
        case bytesToSend = "bytes_to_send"
    }

    /// How many of the largest are shown.
    static let shownLargest = 5
    private static let shownIgnored = 10

    /// - Parameters:
    ///   - survey: the folder.
    ///   - lines: the manifest's lines whose contents would be sent.
    ///   - recipes: by line, of those of which only a part would be.
    init(_ survey: FolderSurvey, sending lines: [Int], _ recipes: [Int: Recipe] = [:]) throws(FloydError) {
        files = survey.files
        size = survey.size
        filesToSend = lines.count
        bytesToSend = 0
        largest = []
        for line in lines {
            let entry = try survey.item(line).entry
            let file = File(path: entry.path, size: recipes[line]?.sent ?? entry.size)
            bytesToSend += file.size
            // Files of one size stand in the order of their paths.
            let place = largest.firstIndex { $0.size < file.size } ?? largest.count
            largest.insert(file, at: place)
            if largest.count > Self.shownLargest { largest.removeLast() }
        }
        ignored = survey.ignored
    }

    func text(in style: TextStyle) -> String {
        var table = Table()
        let sent = "\(filesToSend) of \(files) files, \(TextStyle.bytes(bytesToSend)) of \(TextStyle.bytes(size))"
        table.add(["Would send", sent])
        for (index, file) in largest.enumerated() {
            table.add([index == 0 ? "Largest" : "", "\(TextStyle.bytes(file.size))  \(TreePath.quoted(file.path))"])
        }
        for (index, path) in ignored.prefix(Self.shownIgnored).enumerated() {
            table.add([index == 0 ? "Ignored" : "", TreePath.quoted(path)])
        }
        if ignored.count > Self.shownIgnored { table.add(["", "and \(ignored.count - Self.shownIgnored) more"]) }
        return table.text
    }
}
