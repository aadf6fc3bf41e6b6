import FloydModel
import FloydTree

/// What was found in a folder: the manifest's entries, and beside each file's what the file was then.
struct FolderSurvey {
    var entries: [ManifestEntry] = []
    /// One per entry; nil for what is no file.
    var stamps: [FileStamp?] = []

    var hasFiles: Bool { stamps.contains { $0 != nil } }

    /// Fills in the hashes of all files, or of the empty ones alone, which need no reading.
    ///
    /// - Throws: `FloydError` that names a file which can't be read, or changed since it was found.
    mutating func hash(in folder: String, onlyEmpty: Bool) throws(FloydError) {
        for index in entries.indices where entries[index].kind == .file {
            if entries[index].size == 0 {
                entries[index].sha256 = FileHasher.ofNothing
            } else if !onlyEmpty {
                let (sha256, stamp) = try FileHasher.hash(file: "\(folder)/\(entries[index].path)")
                guard stamp == stamps[index] else { throw ContentSource.change(of: entries[index].path) }
                entries[index].sha256 = sha256
            }
        }
    }
}
