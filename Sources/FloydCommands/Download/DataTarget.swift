import FloydModel

/// Data that a command reads: a dataset's version, or what a job left.
enum DataTarget {
    case version(Reference)
    case output(Reference)

    /// What `text` means here: a bare number is a version of this folder's dataset; a full name of a project means its output.
    init(parsing text: String, in context: CommandContext) throws(FloydError) {
        let reference = try Reference(parsing: text)
        if reference.isOutput || reference.collection == .projects {
            self = .output(try context.job(text))
        } else if reference.isNumber {
            let marker = try FolderMarker.dataset.required(in: context.folder)
            self = .version(.completing(reference, in: marker.resource(.datasets)))
        } else {
            self = .version(reference)
        }
    }
}

extension CommandContext {
    /// `path` as seen from the folder that the command stands in; nothing is that folder.
    func place(_ path: String?) -> String {
        guard let path, !path.isEmpty, path != "." else { return folder }
        return path.hasPrefix("/") ? path : "\(folder)/\(path)"
    }
}
