public import FloydModel
import FloydOS
import FloydTree
import Glibc

extension BlobStore {
    /// The folder of hard links that shows the tree, ready to be mounted read-only; made if it isn't there. Whatever crashes, it is there
    /// whole or not at all.
    ///
    /// - Throws: `FloydError` with `notFound` where there is no such tree.
    public func materialise(_ digest: [UInt8]) throws(FloydError) -> String {
        let path = layout.materialised(digest)
        if try storing({ () throws(SystemError) in try FileStatus.of(path) }) != nil { return path }
        // Two callers may be at it: each has a draft of its own, and the first one to finish wins.
        let draft = StoreLayout.draft("\(Hex.string(digest))-\(ObjectID())", in: layout.materialised)
        do {
            let sync = try storing { () throws(SystemError) in try FileSystemSync(of: folder) }
            try storing { () throws(SystemError) in try Folder.create(draft) }
            var materialiser = try TreeMaterialiser(store: self, folder: draft, form: .links)
            try forEachEntry(of: digest) { entry throws(FloydError) in try materialiser.add(entry) }
            try storing { () throws(SystemError) in try sync.run() }
            Failpoint.materialiseSynced.reach()
            try publishMaterialised(draft, as: digest)
        } catch {
            try? Folder.removeTree(draft)
            throw error
        }
        return path
    }

    /// Gives a finished draft its name, or drops it where another has it already.
    func publishMaterialised(_ draft: String, as digest: [UInt8]) throws(FloydError) {
        try storing { () throws(SystemError) in
            do throws(SystemError) {
                try Folder.rename(draft, to: layout.materialised(digest))
                try Folder.synchronize(layout.materialised)
                Failpoint.materialiseNamed.reach()
            } catch {
                guard [ENOTEMPTY, EEXIST].contains(error.code) else { throw error }
                try Folder.removeTree(draft)
            }
        }
    }

    /// Copies the tree into `folder`, which is made if it isn't there and must be empty: files and folders that share nothing with the store (but blocks that
    /// are copied on write), writable for their owner. A crash in the middle leaves a part.
    ///
    /// - Parameter owner: the uid and gid that all of it gets, the folder too; nil: the daemon's own.
    /// - Throws: `FloydError` with `notFound` where there is no such tree.
    public func copyTree(
        _ digest: [UInt8],
        to folder: String,
        owner: (uid: UInt32, gid: UInt32)? = nil
    ) throws(FloydError) {
        try storing { () throws(SystemError) in try Folder.create(folder) }
        var materialiser = try TreeMaterialiser(
            store: self,
            folder: folder,
            form: .copies,
            owner: owner.map { TreeWriter.Owner(uid: $0.uid, gid: $0.gid) }
        )
        try forEachEntry(of: digest) { entry throws(FloydError) in try materialiser.add(entry) }
    }
}
