import FloydAPI
import FloydLab
import FloydModel
import FloydTree
import Synchronization

/// What the clients of the data campaign were told, and may therefore rely on.
final class DataLedger: Sendable {
    /// What became of a version.
    enum Fate: Sendable, Hashable {
        /// It was asked for, and no answer has come: it may be there or not.
        case asked
        /// It was refused, or given up before the server could know of it.
        case refused
        case made(ObjectID)
        /// To delete it was asked, and no answer has come.
        case deleting(ObjectID)
        case deleted
    }

    /// A version that somebody asked for. Its message names it.
    struct Entry: Sendable {
        let files: [DataFile]
        var fate = Fate.asked
    }

    /// An upload that the server has told of.
    struct Upload: Sendable {
        /// The client that goes on with it.
        let owner: Int
        let files: [DataFile]
        /// Bytes that the server said it has.
        var offset: Int64
        let length: Int64
        var isCommitted = false
        let begun = Clock.now

        /// Whether the server still has to have it: uploads expire after a minute here.
        var isFresh: Bool { Clock.now - begun < 45_000_000_000 }
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var uploads: [ObjectID: Upload] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    var entries: [String: Entry] { state.withLock { $0.entries } }
    var uploads: [ObjectID: Upload] { state.withLock { $0.uploads.filter(\.value.isFresh) } }

    /// Notes the wish for a version.
    ///
    /// - Returns: the message that it is to have.
    func ask(for files: [DataFile]) -> String {
        state.withLock { state in
            state.next += 1
            let message = "version \(state.next)"
            state.entries[message] = Entry(files: files)
            return message
        }
    }

    func change(_ message: String, to fate: Fate) {
        state.withLock { $0.entries[message]?.fate = fate }
    }

    func change(_ upload: ObjectID, to value: Upload?) {
        state.withLock { $0.uploads[upload] = value }
    }

    /// Takes a version out of those that are made, to be deleted.
    func takeForDeletion(_ choice: (Int) -> Int) -> (message: String, id: ObjectID)? {
        state.withLock { state in
            let made = state.entries.compactMap { message, entry -> (message: String, id: ObjectID)? in
                if case .made(let id) = entry.fate { (message, id) } else { nil }
            }.sorted { $0.id.string < $1.id.string }
            guard made.count > 5 else { return nil }
            let taken = made[choice(made.count)]
            state.entries[taken.message]?.fate = .deleting(taken.id)
            return taken
        }
    }

    /// The upload that is a client's to go on with.
    func upload(of owner: Int) -> (ObjectID, Upload)? {
        state.withLock { state in
            state.uploads.filter { $0.value.owner == owner && $0.value.isFresh }.min { $0.key.string < $1.key.string }
                .map { ($0.key, $0.value) }
        }
    }
}

/// A file of a dataset, its bytes given by a number: different versions often have the same.
struct DataFile: Sendable, Hashable {
    let path: String
    let number: Int
    let isExecutable: Bool

    /// How many different contents there are.
    static let contents = 300

    var bytes: [UInt8] {
        var random = SplitMix64(seed: UInt64(number))
        // Some are empty, most are small.
        let count = number.isMultiple(of: 23) ? 0 : number.isMultiple(of: 17) ? 90_000 + number : 50 + number * 7
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    static func draw(_ random: inout SplitMix64) -> [DataFile] {
        let count = Int.random(in: 1...12, using: &random)
        return (0..<count).map { index in
            DataFile(
                path: "f\(100 + index)",
                number: Int.random(in: 0..<contents, using: &random),
                isExecutable: random.isAmong(20)
            )
        }
    }
}

extension [DataFile] {
    /// - Parameter isHashed: whether the hashes are in it.
    func manifest(isHashed: Bool) -> [UInt8] {
        flatMap { ManifestCoding.line($0.entry(isHashed: isHashed)) }
    }

    var size: Int64 { reduce(0) { $0 + Int64($1.bytes.count) } }

    /// The same folder with some files changed, and perhaps one more or less at its end.
    func changed(_ random: inout SplitMix64) -> [DataFile] {
        let drawn = DataFile.draw(&random)
        let count = Swift.max(1, count + Int.random(in: -1...1, using: &random))
        return (0..<count).map { index in
            let new = DataFile(
                path: "f\(100 + index)",
                number: drawn[index % drawn.count].number,
                isExecutable: drawn[index % drawn.count].isExecutable
            )
            return index < self.count && !random.isAmong(25) ? self[index] : new
        }
    }

    /// What makes the manifest, hashes in it, of that of `base`.
    func changes(since base: [DataFile]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, file) in enumerated() where index >= base.count || base[index] != file {
            ManifestCoding.append(file.entry(isHashed: true), to: &bytes)
        }
        for file in base.dropFirst(count) { ManifestCoding.appendRemoval(of: file.path, to: &bytes) }
        return bytes
    }

    /// What the store calls the tree, in hexadecimal digits.
    var digest: String {
        var digest = ManifestDigest()
        for file in self {
            let entry = file.entry(isHashed: true)
            digest.add(entry, line: ManifestCoding.line(entry))
        }
        return Hex.string(digest.finalize() ?? [])
    }
}

extension DataFile {
    fileprivate func entry(isHashed: Bool) -> ManifestEntry {
        let bytes = bytes
        return ManifestEntry(
            path: path,
            kind: .file,
            executable: isExecutable,
            size: Int64(bytes.count),
            hash: isHashed ? FileHasher.hash(bytes, .blake3) : nil
        )
    }
}
