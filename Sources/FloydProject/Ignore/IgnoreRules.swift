public import FloydModel
import Synchronization

/// What a folder's `.floydignore` files leave out, by the rules of gitignore(5).
///
/// A file in a folder speaks for what is below it and overrules those above; the last line that matches decides; below an ignored folder nothing
/// can be brought back. Whatever is named `.git` is always left out. Files further down are read when a path in their folder is asked
/// about for the first time; one of them that is a link, or can't be read, counts as absent, as in git.
public struct IgnoreRules: Sendable {
    public static let fileName = ".floydignore"

    private let cache: Cache

    /// - Throws: `FloydError` with `localFile` where the `.floydignore` of `folder` itself is there and can't be read.
    public init(folder: String) throws(FloydError) {
        let top = try Self.list(in: folder) ?? IgnoreList([])
        cache = Cache(folder: folder, top: top)
    }

    /// Whether `path`, relative to the folder, is left out.
    public func ignores(path: String, isDirectory: Bool) -> Bool {
        cache.ignores(Array(path.utf8)[...], isDirectory: isDirectory)
    }

    private static func list(in folder: String) throws(FloydError) -> IgnoreList? {
        try ProjectFolder.read("\(folder)/\(fileName)", followsLinks: false).map(IgnoreList.init)
    }

    /// What has been found out so far. Both tables grow by folders, not by files.
    private final class Cache: Sendable {
        private struct State {
            /// By folder, relative: its own list, where it has one.
            var lists: [[UInt8]: IgnoreList]
            /// By folder: whether it is ignored.
            var folders: [[UInt8]: Bool] = [:]
        }

        private let folder: String
        private let state: Mutex<State>

        init(folder: String, top: IgnoreList) {
            self.folder = folder
            state = Mutex(State(lists: [[]: top]))
        }

        func ignores(_ path: ArraySlice<UInt8>, isDirectory: Bool) -> Bool {
            state.withLock { isIgnored(path, isDirectory: isDirectory, &$0) }
        }

        private func isIgnored(_ path: ArraySlice<UInt8>, isDirectory: Bool, _ state: inout State) -> Bool {
            if isDirectory, let known = state.folders[Array(path)] { return known }
            let parent = path[..<(path.lastIndex(of: Glob.slash) ?? path.startIndex)]
            let name = path[(parent.isEmpty ? path.startIndex : parent.endIndex + 1)...]
            let isIgnored =
                name.elementsEqual(".git".utf8)
                || (!parent.isEmpty && self.isIgnored(parent, isDirectory: true, &state))
                || verdict(on: path, below: parent, isDirectory: isDirectory, &state)
            if isDirectory { state.folders[Array(path)] = isIgnored }
            return isIgnored
        }

        /// Asks the lists from the innermost folder outwards.
        private func verdict(
            on path: ArraySlice<UInt8>,
            below parent: ArraySlice<UInt8>,
            isDirectory: Bool,
            _ state: inout State
        ) -> Bool {
            var folder = parent
            while true {
                let relative = folder.isEmpty ? path : path[(folder.endIndex + 1)...]
                let list = list(of: folder, &state)
                if !list.isEmpty, let verdict = list.verdict(on: relative, isDirectory: isDirectory) { return verdict }
                if folder.isEmpty { return false }
                folder = folder[..<(folder.lastIndex(of: Glob.slash) ?? folder.startIndex)]
            }
        }

        private func list(of folder: ArraySlice<UInt8>, _ state: inout State) -> IgnoreList {
            if let known = state.lists[Array(folder)] { return known }
            let path = "\(self.folder)/\(String(decoding: folder, as: UTF8.self))"
            let list = (try? IgnoreRules.list(in: path)) ?? IgnoreList([])
            state.lists[Array(folder)] = list
            return list
        }
    }
}
