import Dispatch
import FloydOS
import FloydTree
import Glibc
import Synchronization

/// Small files of an upload's stream that came whole. Two threads write them: the time goes into making files, not into their bytes.
///
/// What a crash leaves of them counts for nothing until their hashes are noted; who comes back writes them again.
struct StagedBatch {
    /// Larger ones get their space at once, and their hash beside the writing.
    private static let largestFile = StagedFileWriter.preallocatedSize - 1
    /// Files that are worth a second thread.
    private static let shared = 8

    private struct File {
        let path: String
        let bytes: UnsafeRawBufferPointer
        let executable: Bool
    }

    /// The hashes of those that were written, in order, and why the next one was not.
    struct Outcome {
        var hashes: [[UInt8]] = []
        var error: SystemError?
    }

    private let algorithm: HashAlgorithm
    private(set) var records: [FileRecord] = []
    private var files: [File] = []

    init(_ algorithm: HashAlgorithm) {
        self.algorithm = algorithm
    }

    /// Whether the file can be one of a batch, where `bytes` of the stream are there.
    static func takes(_ record: FileRecord, of bytes: Int) -> Bool {
        !record.hasRecipe && record.length <= min(Int64(bytes), largestFile)
    }

    /// - Parameter bytes: all of the file's; nobody touches them until `write` has returned.
    mutating func add(_ record: FileRecord, at path: String, _ bytes: UnsafeRawBufferPointer) {
        records.append(record)
        files.append(File(path: path, bytes: bytes, executable: record.executable))
    }

    func write() -> Outcome {
        guard files.count >= Self.shared else { return Self.write(files[...], algorithm) }
        let algorithm = algorithm
        // Nobody writes to the bytes meanwhile.
        nonisolated(unsafe) let halves = [files[..<(files.count / 2)], files[(files.count / 2)...]]
        let outcomes = Mutex([Outcome(), Outcome()])
        DispatchQueue.concurrentPerform(iterations: halves.count) { number in
            let outcome = Self.write(halves[number], algorithm)
            outcomes.withLock { $0[number] = outcome }
        }
        return outcomes.withLock { outcomes in
            guard outcomes[0].error == nil else { return outcomes[0] }
            return Outcome(hashes: outcomes[0].hashes + outcomes[1].hashes, error: outcomes[1].error)
        }
    }

    private static func write(_ files: ArraySlice<File>, _ algorithm: HashAlgorithm) -> Outcome {
        var outcome = Outcome()
        outcome.hashes.reserveCapacity(files.count)
        var hasher = FileHasher(algorithm)
        for file in files {
            do throws(SystemError) {
                try write(file)
            } catch {
                outcome.error = error
                return outcome
            }
            hasher.update(file.bytes)
            outcome.hashes.append(hasher.finalize())
        }
        return outcome
    }

    private static func write(_ file: File) throws(SystemError) {
        let descriptor = try StagedFileWriter.create(file.path)
        try FileBytes.write(file.bytes, to: descriptor.raw, at: 0)
        try descriptor.changeMode(StagedFileWriter.mode(executable: file.executable))
    }
}
