/// The files that say which project or dataset a folder belongs to. They are the folder's own, at whatever depth, and no part of any tree.
public enum FolderMarkers {
    public static let project = ".floydexpt"
    public static let dataset = ".floyddata"

    /// Whether a part of a path is the name of one.
    public static func isMarker(_ part: some Sequence<UInt8>) -> Bool {
        part.elementsEqual(project.utf8) || part.elementsEqual(dataset.utf8)
    }

    /// Whether what is at `path`, relative to the folder, is one or lies below one.
    public static func contain(_ path: String) -> Bool {
        path.utf8.split(separator: UInt8(ascii: "/")).contains { isMarker($0) }
    }
}
