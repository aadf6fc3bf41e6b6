import FloydTree
import Foundation
import Testing

@Suite("The cache of hashes")
struct HashCacheTests {
    private static let stamp = FileStamp(size: 5, device: 6, inode: 7, modified: -8, changed: 9)
    private static let later = stamp.changed + HashCache.quietTime
    private static let paths = ["a", "a-b", "a/c", "b", "z/deep/er", "über"]

    private static func hash(_ number: Int, _ algorithm: HashAlgorithm = .blake3) -> ContentHash {
        ContentHash(algorithm, [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 32))
    }

    /// A file without a name.
    private static func file() -> Int32 {
        var template = Array("\(NSTemporaryDirectory())hash-cache-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        unlink(template)
        return descriptor
    }

    private static func cache(at now: Int64 = later, _ paths: [String] = paths) -> [UInt8] {
        let file = file()
        defer { close(file) }
        var writer = HashCache.Writer(to: file, at: now, .blake3)
        for (number, path) in paths.enumerated() { writer.append(path, stamp, hash(number)) }
        let isWhole = writer.finish()
        #expect(isWhole)
        let size = Int(lseek(file, 0, SEEK_END))
        var bytes = [UInt8](repeating: 0, count: size)
        #expect(pread(file, &bytes, size, 0) == size)
        return bytes
    }

    private static func reader(_ bytes: [UInt8]) -> HashCache.Reader {
        let file = file()
        _ = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) }
        return HashCache.Reader(owning: file, .blake3)
    }

    private func expect(
        _ reader: inout HashCache.Reader,
        _ path: String,
        _ stamp: FileStamp,
        _ expected: ContentHash?,
        _ place: SourceLocation = #_sourceLocation
    ) {
        let found = reader.hash(of: path, stamp)
        #expect(found == expected, sourceLocation: place)
    }

    @Test("is read in pieces, whatever its size")
    func large() {
        let paths = (0..<20_000).map { "folder/\(100_000 + $0)" }
        var reader = Self.reader(Self.cache(at: Self.later, paths))
        for number in stride(from: 0, to: paths.count, by: 37) {
            expect(&reader, paths[number], Self.stamp, Self.hash(number))
        }
    }

    @Test("finds what was put into it, past what is gone and what is new")
    func finds() {
        var all = Self.reader(Self.cache())
        for (number, path) in Self.paths.enumerated() { expect(&all, path, Self.stamp, Self.hash(number)) }
        var some = Self.reader(Self.cache())
        expect(&some, "0", Self.stamp, nil)
        expect(&some, "a-b", Self.stamp, Self.hash(1))
        expect(&some, "a0", Self.stamp, nil)
        expect(&some, "b", Self.stamp, Self.hash(3))
        expect(&some, "z/deep/er", Self.stamp, Self.hash(4))
        expect(&some, "zz", Self.stamp, nil)
    }

    @Test(
        "knows a file by all of its stamp",
        arguments: [
            FileStamp(size: 4, device: 6, inode: 7, modified: -8, changed: 9),
            FileStamp(size: 5, device: 1, inode: 7, modified: -8, changed: 9),
            FileStamp(size: 5, device: 6, inode: 8, modified: -8, changed: 9),
            FileStamp(size: 5, device: 6, inode: 7, modified: 8, changed: 9),
            FileStamp(size: 5, device: 6, inode: 7, modified: -8, changed: 10),
        ]
    )
    func stamps(_ other: FileStamp) {
        var reader = Self.reader(Self.cache())
        expect(&reader, "a", other, nil)
        expect(&reader, "b", Self.stamp, Self.hash(3))
    }

    @Test("takes no file that may have changed since under the same stamp")
    func young() {
        var reader = Self.reader(Self.cache(at: Self.later - 1))
        expect(&reader, "a", Self.stamp, nil)
    }

    @Test("is empty when any byte of it is damaged or missing")
    func damaged() {
        let whole = Self.cache()
        for index in whole.indices {
            var bytes = whole
            bytes[index] ^= 0x20
            var damaged = Self.reader(bytes)
            var cut = Self.reader(Array(whole[..<index]))
            for path in Self.paths {
                expect(&damaged, path, Self.stamp, nil)
                expect(&cut, path, Self.stamp, nil)
            }
        }
    }
}
