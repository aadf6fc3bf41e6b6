internal import CFloydLinux
internal import Glibc

/// Changes in folders (inotify(7)): what is written, closed after writing, or moved to its name.
public struct Inotify: ~Copyable, Sendable {
    public struct Change: Sendable, Hashable {
        public enum Kind: Sendable, Hashable {
            case modified, closed, movedTo
            /// The folder is gone, or its watch was removed.
            case watchEnded
        }

        /// The number that `add` gave the folder; -1 where `overflowed`.
        public let watch: Int32
        /// The name in the folder.
        public let name: String
        public let kind: Kind
        /// The kernel kept too many changes, and dropped some.
        public let overflowed: Bool
    }

    public let file: FileDescriptor

    public static func open() throws(SystemError) -> Inotify {
        let raw = floyd_inotify()
        guard raw >= 0 else { throw SystemError("inotify_init1") }
        return Inotify(file: FileDescriptor(owning: raw))
    }

    /// Watches the folder; nil if it isn't there or there are too many (`fs.inotify.max_user_watches`).
    public func add(_ folder: String) -> Int32? {
        let watch = floyd_inotify_add(file.raw, folder)
        return watch >= 0 ? watch : nil
    }

    public func remove(_ watch: Int32) {
        _ = floyd_inotify_remove(file.raw, watch)
    }

    /// The changes that have come, in their order; does not wait.
    public func read() -> [Change] {
        var changes: [Change] = []
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 8) { buffer in
            let length = Glibc.read(file.raw, buffer.baseAddress, buffer.count)
            guard length > 0 else { return }
            var offset: Int32 = 0
            var entry = floyd_inotify_entry()
            while floyd_inotify_next(buffer.baseAddress, Int32(length), &offset, &entry) == 1 {
                let kind: Change.Kind =
                    if entry.ignored != 0 {
                        .watchEnded
                    } else if entry.moved_to != 0 {
                        .movedTo
                    } else if entry.closed != 0 {
                        .closed
                    } else {
                        .modified
                    }
                changes.append(
                    Change(
                        watch: entry.watch,
                        name: entry.name.map { String(cString: $0) } ?? "",
                        kind: kind,
                        overflowed: entry.overflowed != 0
                    )
                )
            }
        }
        return changes
    }
}
