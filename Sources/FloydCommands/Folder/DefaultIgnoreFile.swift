import FloydModel

/// The `.floydignore` that a new project gets.
enum DefaultIgnoreFile {
    static let name = ".floydignore"

    static let content = """
        # What stays here when `floydlite run` sends this folder. The rules are those of .gitignore.
        .git
        .eggs
        eggs
        lib
        lib64
        parts
        sdist
        var
        __pycache__
        *.pyc
        *.swp
        .DS_Store

        """

    /// Writes the file unless there is one.
    static func writeIfAbsent(in folder: String) throws(FloydError) {
        let path = "\(folder)/\(name)"
        guard !LocalFile.exists(path) else { return }
        try LocalFile.write(Array(content.utf8), to: path, mode: 0o644)
    }
}
