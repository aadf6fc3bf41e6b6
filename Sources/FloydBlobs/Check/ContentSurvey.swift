public import FloydModel
import FloydOS
import FloydTree
import Glibc

/// Goes through all that lies in the store, whether a tree names it or not.
public struct ContentSurvey: Sendable {
    private let store: BlobStore

    public init(_ store: BlobStore) {
        self.store = store
    }

    /// Calls `body` with the contents, up to 1,000 at a time.
    public func forEachBatch(_ body: ([ContentID]) throws -> Void) throws {
        for byte in UInt8.min...UInt8.max {
            let folder = Hex.string([byte])
            let names = try storing { () throws(SystemError) in
                try Folder.names(in: "\(store.layout.contents)/\(folder)")
            }
            var ids = names.compactMap { ContentID(folder: folder, name: $0) }[...]
            while !ids.isEmpty {
                try body(Array(ids.prefix(1_000)))
                ids = ids.dropFirst(1_000)
            }
        }
    }

    /// Paths, below the store, of what has no business there. Drafts have.
    public func strays() throws(FloydError) -> [String] {
        let layout = store.layout
        return try storing { () throws(SystemError) in
            let folders = Set((UInt8.min...UInt8.max).map { Hex.string([$0]) })
            var strays = try names(in: layout.contents, "contents") { folders.contains($0) }
            for folder in folders.sorted() {
                strays += try names(in: "\(layout.contents)/\(folder)", "contents/\(folder)") {
                    ContentID(folder: folder, name: $0) != nil
                }
            }
            let isDigest: (String) -> Bool = { Hex.bytes(Array($0.utf8))?.count == FileHasher.length }
            strays += try names(in: layout.trees, "trees", isDigest)
            strays += try names(in: layout.materialised, "materialised", isDigest)
            strays += try names(in: layout.uploads, "uploads") { ObjectID($0) != nil }
            strays += try names(in: layout.blocks, "blocks") { name in
                isDigest(String(name.prefix { $0 != "-" })) && Int(name.drop { $0 != "-" }.dropFirst()) != nil
            }
            let top = ["contents", "trees", "materialised", "uploads", "blocks", "hash", "gate.lock", "collector.lock"]
            return strays + (try names(in: layout.root, "") { top.contains($0) })
        }
    }

    /// Names that aren't of the kind, those that aren't UTF-8 left aside: nobody could name them in a message.
    private func names(in folder: String, _ shown: String, _ isKnown: (String) -> Bool) throws(SystemError) -> [String]
    {
        try Folder.names(in: folder).filter { !$0.hasPrefix(StoreLayout.draftMark) && !isKnown($0) }
            .map { shown.isEmpty ? $0 : "\(shown)/\($0)" }
    }

    /// Removes a stray.
    public func remove(stray: String) throws(FloydError) {
        try storing { () throws(SystemError) in try Folder.removeTree("\(store.folder)/\(stray)") }
    }

    /// Removes a damaged content, unless something needs it.
    ///
    /// - Returns: whether it was removed; false also where the gate stays open too long.
    public func remove(damaged id: ContentID, isNeeded: () throws -> Bool) throws -> Bool {
        guard let gate = try store.gate.close(within: .seconds(10)) else { return false }
        defer { withExtendedLifetime(gate) {} }
        guard try !isNeeded(), try !CountedContents(in: store).contains(id) else { return false }
        try storing { () throws(SystemError) in try Folder.removeTree(store.layout.content(id)) }
        return true
    }
}
