import FloydModel
import FloydProject
import FloydTree

/// Finds out before anything is sent whether the server would refuse the code for its `floyd_requirements.txt`.
struct RequirementsCheck {
    /// What was found in the folder, without what is ignored.
    var survey: FolderSurvey
    var folder: String

    /// - Throws: `FloydError` with `invalidRequest` if the file is none, too long, or not UTF-8.
    func check() throws(FloydError) {
        let path = RequirementsFile.path
        guard let entry = try first(from: Array(path.utf8)) else { return }
        switch entry.kind {
        case .file where entry.path == path:
            guard entry.size <= RequirementsFile.maximumSize else { throw RequirementsFile.tooLong(entry.size) }
            // One that has gone meanwhile is missed when it is sent.
            _ = try RequirementsFile(LocalFile.read("\(folder)/\(path)", limit: RequirementsFile.maximumSize) ?? [])
        case .link where entry.path == path: throw RequirementsFile.isNoFile("a symbolic link")
        case .dir where entry.path == path: throw RequirementsFile.isNoFile("a folder")
        default:
            if try first(from: Array("\(path)/".utf8))?.path.hasPrefix("\(path)/") == true {
                throw RequirementsFile.isNoFile("a folder")
            }
        }
    }

    /// The first entry whose path is `key` or sorts behind it: the survey is in the manifest's order.
    private func first(from key: [UInt8]) throws(FloydError) -> ManifestEntry? {
        var (low, high) = (0, survey.count)
        while low < high {
            let middle = low + (high - low) / 2
            if try survey.item(middle).entry.path.utf8.lexicographicallyPrecedes(key) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low < survey.count ? try survey.item(low).entry : nil
    }
}
