import Foundation
import FloydModel
import Testing

@testable import FloydTree

struct HashingTests {
    @Test func knownHashes() {
        #expect(
            Hex.string(FileHasher.sha256(Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
        #expect(FileHasher.sha256([]) == FileHasher.ofNothing)
    }

    @Test func piecesGiveTheHashOfTheWhole() {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var hasher = FileHasher()
        for start in stride(from: 0, to: bytes.count, by: 7_777) {
            hasher.update(Array(bytes[start..<min(start + 7_777, bytes.count)]))
        }
        let whole = FileHasher.sha256(bytes)
        #expect(hasher.finalize() == whole)
        hasher.update(bytes)
        #expect(hasher.finalize() == whole, "finalize begins anew")
    }

    @Test func filesAndWhatIsNone() throws {
        let scratch = try Scratch()
        try scratch.write("abc", to: "f")
        let (hash, stamp) = try FileHasher.hash(file: "\(scratch.path)/f")
        #expect(hash == FileHasher.sha256(Array("abc".utf8)))
        #expect(stamp.size == 3)
        #expect(stamp == FileStamp(path: "\(scratch.path)/f"))
        try scratch.write("abd", to: "f")
        #expect(stamp != FileStamp(path: "\(scratch.path)/f"))
        #expect(mkfifo("\(scratch.path)/p", 0o600) == 0)
        for name in ["absent", "p", "."] {
            let error = #expect(throws: FloydError.self) { try FileHasher.sha256(file: "\(scratch.path)/\(name)") }
            #expect(error?.code == .localFile)
        }
    }

    @Test func hexIsStrict() {
        #expect(Hex.bytes(Array("00ff1a".utf8)) == [0, 255, 26])
        for text in ["0", "0G", "FF", " 0", "0x"] { #expect(Hex.bytes(Array(text.utf8)) == nil) }
    }
}
