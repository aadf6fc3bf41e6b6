import FloydBlobs
import FloydModel
import FloydTree
import Foundation

// How fast the store is in the folder that is named: `BlobsBench FOLDER`. Makes and removes a folder of its own there.

func seconds(_ body: () throws -> Void) rethrows -> Double {
    let duration = try ContinuousClock().measure(body)
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
}

func report(_ what: String, _ seconds: Double, bytes: Int? = nil) {
    let rate = bytes.map { String(format: "  %.2f GB/s", Double($0) / seconds / 1e9) } ?? ""
    print(what.padding(toLength: 44, withPad: " ", startingAt: 0) + String(format: "%8.3f s", seconds) + rate)
}

/// Bytes that differ from file to file and cost nothing to make.
func pattern(_ count: Int, seed: Int) -> [UInt8] {
    var state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
        for index in 0..<count {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            buffer[index] = UInt8(truncatingIfNeeded: state)
        }
        initialised = count
    }
}

func upload(
    _ entries: [ManifestEntry],
    to store: BlobStore,
    what: String,
    bytes: Int,
    send: (UploadReceiver) throws -> Void
) throws {
    let manifest = entries.flatMap { ManifestCoding.line($0) }
    let receiver = try store.beginUpload(ObjectID())
    var planned: UploadFolder?
    report(
        "\(what): manifest and plan",
        try seconds {
            try receiver.append(manifest)
            var folder = try receiver.finish()
            try folder.planMissing { $0.map { _ in false } }
            planned = folder
        }
    )
    guard let folder = planned else { return }
    let stream = try folder.receive(at: 0)
    let receiving = try seconds { try send(stream) }
    let finishing = try seconds { try stream.finish() }
    let committing = try seconds { _ = try folder.commit() }
    report("\(what): receive", receiving, bytes: bytes)
    report("\(what): make durable", finishing)
    report("\(what): commit", committing)
    report("\(what): receive, make durable, commit", receiving + finishing + committing, bytes: bytes)
    report("\(what): remove the upload", try seconds { try store.removeUpload(folder.id) })
}

let parent = CommandLine.arguments.dropFirst().first ?? NSTemporaryDirectory()
let root = "\(parent)/floyd-bench-\(UUID().uuidString)"
defer { try? FileManager.default.removeItem(atPath: root) }

let piece = pattern(1 << 20, seed: 1)
let count = 2_048
var expected = FileHasher(.blake3)
report("hashing 2 GiB", seconds { for _ in 0..<count { expected.update(piece) } }, bytes: count << 20)
let hash = expected.contentHash()

let source = "\(parent)/floyd-bench-source-\(UUID().uuidString)"
try Data().write(to: URL(fileURLWithPath: source))
let sourceFile = try FileHandle(forWritingTo: URL(fileURLWithPath: source))
for number in 0..<count { try sourceFile.write(contentsOf: Data(pattern(1 << 20, seed: number))) }
try sourceFile.close()
defer { try? FileManager.default.removeItem(atPath: source) }
guard let chunker = Chunker(average: 1 << 16) else { fatalError("no chunker") }
var list = [UInt8]()
var blocks = 0
report(
    "cutting 2 GiB",
    try seconds {
        let file = open(source, O_RDONLY)
        try BlockScan(chunker).scan(file, path: source) { block in
            BlockList.append(length: block.count, BlockHash(of: block), to: &list)
            blocks += 1
        }
        close(file)
    },
    bytes: count << 20
)
print("\(blocks) blocks, \((count << 20) / blocks) bytes on average")
let index = try BlockIndex(BlockList.head(average: 1 << 16, count: blocks) + list, of: hash.bytes)
report(
    "difference of 2 GiB",
    try seconds {
        let difference = try FileDifference(of: source, against: index, .blake3)
        print(difference.recipe.parts.count, difference.recipe.sent)
    },
    bytes: count << 20
)

let store = try BlobStore(folder: root)
let large = ManifestEntry(path: "large", kind: .file, size: Int64(count << 20), hash: hash)
try upload([large], to: store, what: "2 GiB", bytes: count << 20) { stream in
    for _ in 0..<count { try stream.append(piece) }
}

let files = (0..<20_000).map { pattern(4_096 + $0 * 7_919 % 16_384, seed: $0) }
let entries = files.enumerated().map { number, bytes in
    ManifestEntry(
        path: "d\(100 + number / 200)/f\(1_000 + number % 200)",
        kind: .file,
        size: Int64(bytes.count),
        hash: FileHasher.hash(bytes, .blake3)
    )
}
let total = files.reduce(0) { $0 + $1.count }
let joined = Array(files.joined())
try upload(entries, to: store, what: "20,000 files", bytes: total) { stream in
    var start = 0
    while start < joined.count {
        let end = min(start + (1 << 18), joined.count)
        try joined.withUnsafeBytes { try stream.append(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
        start = end
    }
}

let million = (0..<1_000_000).map { number in
    ManifestEntry(
        path: "d\(1_000 + number / 1_000)/f\(1_000 + number % 1_000)",
        kind: .file,
        size: 1,
        hash: FileHasher.hash(
            [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8), UInt8(number >> 16)],
            .blake3
        )
    )
}
let lines = million.flatMap { ManifestCoding.line($0) }
let receiver = try store.beginUpload(ObjectID())
report("a million entries: manifest", try seconds { try receiver.append(lines) }, bytes: lines.count)
var draft = try receiver.finish()
report("a million entries: plan", try seconds { try draft.planMissing { $0.map { _ in false } } })
