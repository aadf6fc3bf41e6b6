internal import FloydOS
internal import Glibc

/// Adds up what folders hold on the disk, a little at a time: the worker has a log to write meanwhile.
///
/// No link is followed. What can't be read, or vanishes meanwhile, counts for nothing.
final class DiskWalk {
    private var roots: [String]
    /// The root of the moment, and the folder in it whose names are being counted.
    private var top = Opened()
    private var folder = Opened()
    private var names: ArraySlice<[UInt8]> = []
    /// The folder's path below the root, with a slash at its end; and those that are still to be opened.
    private var prefix: [UInt8] = []
    private var pending: [[UInt8]] = []
    /// Files with several names, which count once.
    private var counted: Set<UInt64> = []
    private(set) var bytes: Int64 = 0
    /// How long the longest file is, holes included.
    private(set) var longestFile: Int64 = 0
    /// Nanoseconds spent.
    private(set) var duration: Int64 = 0

    init(_ roots: [String]) {
        self.roots = roots
    }

    /// Goes on for about `budget` nanoseconds; true when all is counted.
    func advance(_ budget: Int64) -> Bool {
        let began = BootTimer.now
        defer { duration += BootTimer.now - began }
        var steps = 0
        while true {
            guard step() else { return true }
            steps += 1
            if steps % 64 == 0, BootTimer.now - began >= budget { return false }
        }
    }

    /// Counts one name, or opens one folder; false at the end.
    private func step() -> Bool {
        if let name = names.popFirst() {
            count(name)
            return true
        }
        folder = Opened()
        if let path = pending.popLast() {
            open(path)
            return true
        }
        guard let root = roots.popLast() else { return false }
        top = Opened(try? FileDescriptor.open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
        open([])
        return true
    }

    private func count(_ name: [UInt8]) {
        var status = stat()
        let path = name.map(CChar.init(bitPattern:)) + [0]
        guard fstatat(folder.raw, path, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR {
            pending.append(prefix + name)
        } else if status.st_nlink > 1, !counted.insert(UInt64(status.st_ino)).inserted {
            return
        }
        if status.st_mode & S_IFMT == S_IFREG { longestFile = max(longestFile, Int64(status.st_size)) }
        bytes += Int64(status.st_blocks) * 512
    }

    /// Opens the folder at `path` below the root, in pieces: a path may be longer than the kernel takes at once.
    private func open(_ path: [UInt8]) {
        guard top.raw >= 0 else { return }
        var opened = top
        var piece: [UInt8] = []
        for component in path.split(separator: UInt8(ascii: "/")) {
            if piece.count + component.count > 3000 {
                opened = opened.folder(piece)
                piece = []
            }
            piece += (piece.isEmpty ? [] : [UInt8(ascii: "/")]) + component
        }
        // A stream of its own also of the root.
        folder = opened.folder(piece.isEmpty ? [UInt8(ascii: ".")] : piece)
        names = folder.names[...]
        prefix = path.isEmpty ? [] : path + [UInt8(ascii: "/")]
    }
}

/// A folder that may be open.
private final class Opened {
    private let file: Holder

    private struct Holder: ~Copyable {
        let file: FileDescriptor?
    }

    init(_ file: consuming FileDescriptor? = nil) {
        self.file = Holder(file: file)
    }

    var raw: Int32 {
        switch file.file {
        case .some(let file): file.raw
        case .none: -1
        }
    }

    func folder(_ path: [UInt8]) -> Opened {
        switch file.file {
        case .some(let file): Opened(try? file.openBeneath(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW))
        case .none: Opened()
        }
    }

    var names: [[UInt8]] {
        switch file.file {
        case .some(let file): (try? Folder.rawNames(in: file)) ?? []
        case .none: []
        }
    }
}
