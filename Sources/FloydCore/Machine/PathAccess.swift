internal import FloydOS

/// What every user of this machine may get to.
enum PathAccess {
    /// The first of the folders above `path`, which is absolute, that not everybody may pass through; nil if there is none.
    static func firstClosed(above path: String) throws(SystemError) -> String? {
        var folders: [String] = []
        var next = Folder.parent(of: path)
        while let folder = next {
            folders.append(folder)
            next = Folder.parent(of: folder)
        }
        for folder in folders.reversed() {
            guard let status = try FileStatus.of(folder, followingLinks: true) else { return folder }
            if status.mode & 0o001 == 0 { return folder }
        }
        return nil
    }
}
