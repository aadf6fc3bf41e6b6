import Foundation
import FloydModel
import Testing

@testable import FloydTree

struct HashingTests {
    @Test(arguments: [
        (HashAlgorithm.sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (.blake3, "abc", "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"),
        (.sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (.blake3, "", "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"),
    ])
    func knownHashes(_ algorithm: HashAlgorithm, _ text: String, _ digits: String) {
        let hash = FileHasher.hash(Array(text.utf8), algorithm)
        #expect(Hex.string(hash.bytes) == digits)
        if text.isEmpty { #expect(hash == .ofNothing(algorithm)) }
    }

    /// 102,400 bytes 0, 1, …, 250, 0, …: the longest of the test vectors that BLAKE3's authors give.
    @Test func aLongBlake3() {
        let bytes = (0..<102_400).map { UInt8($0 % 251) }
        #expect(
            Hex.string(FileHasher.hash(bytes, .blake3).bytes)
                == "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085"
        )
    }

    @Test(arguments: HashAlgorithm.allCases)
    func piecesGiveTheHashOfTheWhole(_ algorithm: HashAlgorithm) {
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var hasher = FileHasher(algorithm)
        for start in stride(from: 0, to: bytes.count, by: 7_777) {
            hasher.update(Array(bytes[start..<min(start + 7_777, bytes.count)]))
        }
        let whole = FileHasher.hash(bytes, algorithm)
        #expect(hasher.contentHash() == whole)
        hasher.update(bytes)
        #expect(hasher.contentHash() == whole, "contentHash begins anew")
    }

    @Test(arguments: HashAlgorithm.allCases)
    func aHashIsFoundInItsText(_ algorithm: HashAlgorithm) {
        let hash = FileHasher.hash([1, 2, 3], algorithm)
        #expect(ContentHash(hash.description) == hash)
        #expect(HashAlgorithm(code: algorithm.code) == algorithm)
    }

    @Test(arguments: ["", "abc", "blake3:", "blake3:00", "md5:" + String(repeating: "0", count: 64)])
    func whatIsNoHash(_ text: String) {
        #expect(ContentHash(text) == nil)
    }

    @Test func filesAndWhatIsNone() throws {
        let scratch = try Scratch()
        try scratch.write("abc", to: "f")
        let (hash, stamp) = try FileHasher.hash(file: "\(scratch.path)/f", .blake3)
        #expect(hash == FileHasher.hash(Array("abc".utf8), .blake3))
        #expect(stamp.size == 3)
        #expect(stamp == FileStamp(path: "\(scratch.path)/f"))
        try scratch.write("abd", to: "f")
        #expect(stamp != FileStamp(path: "\(scratch.path)/f"))
        #expect(mkfifo("\(scratch.path)/p", 0o600) == 0)
        for name in ["absent", "p", "."] {
            let error = #expect(throws: FloydError.self) {
                try FileHasher.hash(file: "\(scratch.path)/\(name)", .blake3)
            }
            #expect(error?.code == .localFile)
        }
    }

    @Test func hexIsStrict() {
        #expect(Hex.bytes(Array("00ff1a".utf8)) == [0, 255, 26])
        for text in ["0", "0G", "FF", " 0", "0x"] { #expect(Hex.bytes(Array(text.utf8)) == nil) }
    }
}
