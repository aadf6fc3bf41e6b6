import FloydAPI
import FloydCore
import FloydModel
import FloydTree
import Foundation
import Synchronization

enum Scratch {
    /// A new folder; in memory, where syncs cost nothing, if there is such a place.
    static func make() throws -> String {
        let memory = "/dev/shm/"
        let parent = access(memory, W_OK) == 0 ? memory : NSTemporaryDirectory()
        let path = parent + "floyd-core-\(ObjectID())"
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755]
        )
        return path
    }

    static func with(_ body: (String) async throws -> Void) async throws {
        let path = try make()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }
}

/// A value that several threads share.
final class Lock<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) {
        mutex = Mutex(value)
    }

    var value: Value {
        get { mutex.withLock { $0 } }
        set { mutex.withLock { $0 = newValue } }
    }

    func change(_ body: @Sendable (inout Value) -> Void) {
        mutex.withLock { body(&$0) }
    }
}

/// A body of these bytes, in pieces.
func bytes(_ bytes: [UInt8], piece: Int = .max) -> ByteSource {
    let rest = Lock(bytes[...])
    return {
        let next = Array(rest.value.prefix(piece))
        rest.value = rest.value.dropFirst(piece)
        return next.isEmpty ? nil : next
    }
}

extension ByteStream {
    /// The bytes of `source`, which is asked once more after it has thrown.
    init(_ source: @escaping ByteSource) {
        let kept = Lock<ArraySlice<UInt8>>([])
        self.init { memory, goesOn in
            var filled = 0
            repeat {
                do {
                    if kept.value.isEmpty { kept.value = try await source()?[...] ?? [] }
                } catch  where filled > 0 {
                    break
                }
                let piece = kept.value.prefix(memory.count - filled)
                if piece.isEmpty { break }
                UnsafeMutableRawBufferPointer(rebasing: memory[filled...]).copyBytes(from: piece)
                kept.value = kept.value.dropFirst(piece.count)
                filled += piece.count
            } while filled < memory.count && goesOn()
            return filled
        }
    }
}

extension UploadServing {
    func receive(
        _ id: ObjectID,
        at offset: Int64,
        length: Int64?,
        body: @escaping ByteSource,
        as account: Account
    ) async throws -> Int64 {
        try await receive(id, at: offset, length: length, body: ByteStream(body), as: account)
    }
}

/// The code of the `FloydError` that `body` throws, nil if it throws none.
func code(_ body: () async throws -> Void) async throws -> FloydError.Code? {
    try await failure(body)?.code
}

/// The `FloydError` that `body` throws, nil if it throws none.
func failure(_ body: () async throws -> Void) async throws -> FloydError? {
    do {
        try await body()
        return nil
    } catch let error as FloydError {
        return error
    }
}

/// The same of a call that doesn't wait.
func refusal<Value>(_ body: () throws(FloydError) -> Value) -> FloydError? {
    do throws(FloydError) {
        _ = try body()
        return nil
    } catch {
        return error
    }
}

/// A manifest entry with its bytes.
struct TestFile: Sendable {
    var entry: ManifestEntry
    var bytes: [UInt8]

    static func file(_ path: String, _ text: String, hashed: Bool = true) -> TestFile {
        let bytes = Array(text.utf8)
        return TestFile(
            entry: ManifestEntry(
                path: path,
                kind: .file,
                size: Int64(bytes.count),
                hash: hashed ? FileHasher.hash(bytes, .blake3) : nil
            ),
            bytes: bytes
        )
    }
}

extension [TestFile] {
    var manifest: [UInt8] { flatMap { ManifestCoding.line($0.entry) } }
}

/// Numbers that are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
