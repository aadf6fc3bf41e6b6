import Dispatch
import FloydModel
import FloydTree
import Synchronization

/// Finds the hashes of a survey's files.
struct SurveyHashing {
    let survey: FolderSurvey
    /// The folder that was surveyed.
    let folder: String
    /// The blocks of what the server has of such a file, if anything.
    let base: (ManifestEntry) throws(FloydError) -> BlockIndex?
    /// Told how many bytes and files have their hashes.
    let progressed: (Int64, Int) -> Void

    /// A file that has to be read.
    private struct Unread {
        var line: Int
        var path: String
        var stamp: FileStamp
    }

    /// Small files that are read at once, by all processors: so many, or of so many bytes.
    private static let batchCount = 512
    private static let batchSize: Int64 = 1 << 26

    private var batch: [Unread] = []
    private var (bytes, files) = (Int64(0), 0)

    init(
        _ survey: FolderSurvey,
        in folder: String,
        base: @escaping (ManifestEntry) throws(FloydError) -> BlockIndex?,
        progressed: @escaping (Int64, Int) -> Void
    ) {
        self.survey = survey
        self.folder = folder
        self.base = base
        self.progressed = progressed
    }

    /// Fills in the hashes of the files that had none when they were found.
    ///
    /// - Throws: `FloydError` that names a file which can't be read, or changed since it was found, or what `base` throws.
    mutating func run() throws(FloydError) {
        (files, bytes) = survey.known
        var lines = survey.unhashedLines()
        var waiting: Int64 = 0
        while let line = try lines.next() {
            let item = try survey.item(line)
            guard let stamp = item.stamp else { continue }
            let unread = Unread(line: line, path: item.entry.path, stamp: stamp)
            if stamp.size >= BlockList.smallestFile {
                try read(unread, against: base(item.entry))
                continue
            }
            batch.append(unread)
            waiting += stamp.size
            if batch.count == Self.batchCount || waiting >= Self.batchSize {
                try readBatch()
                waiting = 0
            }
        }
        try readBatch()
    }

    private mutating func done(_ size: Int64) {
        bytes += size
        files += 1
        progressed(bytes, files)
    }

    /// Reads a large file, for its hash and for what of it is not in `base`.
    private mutating func read(_ file: Unread, against base: BlockIndex?) throws(FloydError) {
        let path = "\(folder)/\(file.path)"
        let (hash, stamp): (ContentHash, FileStamp)
        if let base {
            let difference = try FileDifference(of: path, against: base, survey.algorithm)
            (hash, stamp) = (difference.hash, difference.stamp)
            survey.compared[file.line] = difference.recipe
        } else {
            (hash, stamp) = try FileHasher.hash(file: path, survey.algorithm) { [bytes, files] in
                progressed(bytes + $0, files)
            }
        }
        guard stamp == file.stamp else { throw ContentSource.change(of: file.path) }
        try survey.setHash(hash, of: file.line)
        done(file.stamp.size)
    }

    private mutating func readBatch() throws(FloydError) {
        let (folder, files, algorithm) = (folder, batch, survey.algorithm)
        let results = Mutex([Result<ContentHash, FloydError>?](repeating: nil, count: files.count))
        DispatchQueue.concurrentPerform(iterations: files.count) { index in
            let result = Result { () throws(FloydError) in
                let (hash, stamp) = try FileHasher.hash(file: "\(folder)/\(files[index].path)", algorithm)
                guard stamp == files[index].stamp else { throw ContentSource.change(of: files[index].path) }
                return hash
            }
            results.withLock { $0[index] = result }
        }
        for (file, result) in zip(files, results.withLock { $0 }) {
            guard let result else { continue }
            try survey.setHash(result.get(), of: file.line)
            done(file.stamp.size)
        }
        batch.removeAll(keepingCapacity: true)
    }
}
