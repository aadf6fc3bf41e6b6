internal import FloydAPI
internal import FloydBlobs
internal import FloydModel
internal import FloydStore
internal import FloydTree

/// Hashes all files of a version again and tells of it as it goes. Blocks.
struct Verification: Sendable {
    let store: Store
    let blobs: BlobStore
    let version: DatasetVersionRecord

    private static let interval = Duration.milliseconds(200)
    /// Damaged files that are named; more are counted by the result alone.
    private static let named = 10_000

    /// Why it was broken off.
    private enum End: Error {
        case unwanted
        case failed(String)
    }

    /// - Parameters:
    ///   - isWanted: false ends it.
    ///   - tell: gets each line, the result last.
    func run(isWanted: @escaping () -> Bool, tell: @escaping (VerifyMessage) -> Void) {
        var progress = Progress(isWanted: isWanted, tell: tell)
        do throws(End) {
            try look(&progress)
            progress.finish(progress.damaged == 0 ? .whole : .damaged)
        } catch {
            guard case .failed(let reason) = error else { return }
            progress.finish(.failed, .init(path: "", reason: reason))
        }
    }

    private func look(_ progress: inout Progress) throws(End) {
        let tree = TreeCheck(blobs, digest: Array(version.digest))
        if let flaw = tree.manifestFlaw() { throw .failed("the list of its files \(flaw)") }
        var end: End?
        do {
            try blobs.forEachEntry(of: tree.digest) { entry throws(FloydError) in
                guard end == nil, entry.kind == .file else { return }
                do throws(End) { try check(entry, &progress) } catch { end = error }
            }
        } catch {
            throw .failed(error.message)
        }
        if let end { throw end }
    }

    private func check(_ entry: ManifestEntry, _ progress: inout Progress) throws(End) {
        var flaw: ContentFlaw?
        if let id = BlobStore.content(of: entry) {
            flaw = try blobs.flaw(of: id, size: entry.size) { count throws(End) in try progress.read(count) }
        }
        progress.files += 1
        guard let flaw else { return }
        // What was deleted meanwhile, and collected, is no damage.
        guard let isThere = try? store.collection.haveTrees([version.digest])[0], isThere else {
            throw .failed("it was deleted meanwhile")
        }
        progress.found(.init(path: entry.path, reason: flaw.description))
    }

    private struct Progress {
        let isWanted: () -> Bool
        let tell: (VerifyMessage) -> Void
        var files = 0
        private var bytes: Int64 = 0
        private(set) var damaged = 0
        private var told = ContinuousClock.now

        init(isWanted: @escaping () -> Bool, tell: @escaping (VerifyMessage) -> Void) {
            self.isWanted = isWanted
            self.tell = tell
        }

        mutating func read(_ count: Int) throws(End) {
            bytes += Int64(count)
            guard isWanted() else { throw .unwanted }
            guard told.duration(to: .now) >= Verification.interval else { return }
            told = .now
            tell(VerifyMessage(files: files, bytes: bytes))
        }

        mutating func found(_ damage: VerifyMessage.Damage) {
            damaged += 1
            if damaged <= Verification.named { tell(VerifyMessage(files: files, bytes: bytes, damaged: damage)) }
        }

        func finish(_ result: VerifyMessage.Result, _ reason: VerifyMessage.Damage? = nil) {
            tell(VerifyMessage(files: files, bytes: bytes, damaged: reason, result: result))
        }
    }
}
