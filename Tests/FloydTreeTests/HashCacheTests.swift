import FloydTree
import Testing

@Suite("The cache of hashes")
struct HashCacheTests {
    private static let stamp = FileStamp(size: 5, device: 6, inode: 7, modified: -8, changed: 9)
    private static let later = stamp.changed + HashCache.quietTime
    private static let paths = ["a", "a-b", "a/c", "b", "z/deep/er", "über"]

    private static func hash(_ number: Int) -> [UInt8] { [UInt8](repeating: UInt8(number), count: 32) }

    private static func cache(at now: Int64 = later) -> [UInt8] {
        var writer = HashCache.Writer(at: now)
        for (number, path) in paths.enumerated() { writer.append(path, stamp, hash(number)) }
        return writer.finish()
    }

    @Test("finds what was put into it, past what is gone and what is new")
    func finds() {
        var all = HashCache.Reader(Self.cache())
        for (number, path) in Self.paths.enumerated() { #expect(all.hash(of: path, Self.stamp) == Self.hash(number)) }
        var some = HashCache.Reader(Self.cache())
        #expect(some.hash(of: "0", Self.stamp) == nil)
        #expect(some.hash(of: "a-b", Self.stamp) == Self.hash(1))
        #expect(some.hash(of: "a0", Self.stamp) == nil)
        #expect(some.hash(of: "b", Self.stamp) == Self.hash(3))
        #expect(some.hash(of: "z/deep/er", Self.stamp) == Self.hash(4))
        #expect(some.hash(of: "zz", Self.stamp) == nil)
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
        var reader = HashCache.Reader(Self.cache())
        #expect(reader.hash(of: "a", other) == nil)
        #expect(reader.hash(of: "b", Self.stamp) == Self.hash(3))
    }

    @Test("takes no file that may have changed since under the same stamp")
    func young() {
        var reader = HashCache.Reader(Self.cache(at: Self.later - 1))
        #expect(reader.hash(of: "a", Self.stamp) == nil)
    }

    @Test("is empty when any byte of it is damaged or missing")
    func damaged() {
        let whole = Self.cache()
        for index in whole.indices {
            var bytes = whole
            bytes[index] ^= 0x20
            var damaged = HashCache.Reader(bytes)
            var cut = HashCache.Reader(Array(whole[..<index]))
            for path in Self.paths {
                #expect(damaged.hash(of: path, Self.stamp) == nil)
                #expect(cut.hash(of: path, Self.stamp) == nil)
            }
        }
    }
}
