import FloydModel
import Foundation
import Testing

@testable import FloydTree

struct BlockTests {
    /// Bytes that repeat nowhere.
    static func noise(_ count: Int, seed: UInt64) -> [UInt8] {
        var state = seed &* 2 &+ 1
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 24)
        }
    }

    static let chunker: Chunker = {
        guard let chunker = Chunker(average: 1 << 14) else { preconditionFailure("no such average") }
        return chunker
    }()

    static func cuts(_ bytes: [UInt8]) -> [Int] {
        var cuts: [Int] = []
        bytes.withUnsafeBytes { all in
            var rest = all[...]
            while !rest.isEmpty {
                let length = chunker.cut(UnsafeRawBufferPointer(rebasing: rest)) ?? rest.count
                cuts.append(length)
                rest = rest.dropFirst(length)
            }
        }
        return cuts
    }

    static func list(_ bytes: [UInt8]) -> [UInt8] {
        var records: [UInt8] = []
        var start = 0
        let cuts = cuts(bytes)
        for length in cuts {
            bytes[start..<start + length].withUnsafeBytes { block in
                BlockList.append(length: length, BlockHash(of: block), to: &records)
            }
            start += length
        }
        return BlockList.head(average: chunker.average, count: cuts.count) + records
    }

    /// The file that a recipe makes.
    static func made(_ recipe: Recipe, base: [UInt8], file: [UInt8]) -> [UInt8] {
        var (made, position) = ([UInt8](), 0)
        for part in recipe.parts {
            switch part {
            case .copy(let offset, let length): made += base[Int(offset)..<Int(offset + length)]
            case .send(let length): made += file[position..<position + Int(length)]
            }
            position += Int(part.length)
        }
        return made
    }

    static func recipe(of file: [UInt8], base: [UInt8], _ scratch: Scratch) throws -> Recipe {
        let path = "\(scratch.path)/file"
        try Data(file).write(to: URL(fileURLWithPath: path))
        let index = try BlockIndex(list(base), of: FileHasher.hash(base, .blake3).bytes)
        let difference = try FileDifference(of: path, against: index, .blake3)
        #expect(difference.hash == FileHasher.hash(file, .blake3))
        #expect(made(difference.recipe, base: base, file: file) == file)
        #expect(difference.recipe.length == Int64(file.count))
        return difference.recipe
    }

    @Test func averagesArePowersOfTwo() {
        for wrong in [0, 1, 1 << 13, 3 << 14, 1 << 27, -1 << 14] { #expect(Chunker(average: wrong) == nil) }
        #expect(Chunker.average(forFileOf: 0) == 1 << 16)
        #expect(Chunker.average(forFileOf: 4 << 30) == 1 << 16)
        #expect(Chunker.average(forFileOf: 5 << 30) == 1 << 18)
        #expect(Chunker.average(forFileOf: .max) == 1 << 26)
    }

    @Test func blocksKeepTheirBoundsAndTheirAverage() {
        let cuts = Self.cuts(Self.noise(8 << 20, seed: 1))
        #expect(cuts.dropLast().allSatisfy { (Self.chunker.minimum + 1...Self.chunker.maximum).contains($0) })
        #expect((12_000...22_000).contains((8 << 20) / cuts.count))
        // Where the content never says so, the largest size does.
        #expect(Self.cuts([UInt8](repeating: 0, count: 1 << 18)).dropLast().allSatisfy { $0 == Self.chunker.maximum })
    }

    /// Client and server of different releases must cut alike.
    @Test func cutsAreAlwaysTheSame() {
        let cuts = [8957, 23682, 15762, 10469, 22026, 20350, 13209, 16617]
        #expect(Self.cuts(Self.noise(1 << 17, seed: 7)) == cuts)
        let hash = [UInt8]("abc".utf8).withUnsafeBytes { BlockHash(of: $0) }
        var bytes: [UInt8] = []
        hash.append(to: &bytes)
        #expect(Hex.string(bytes) == "06b05ab6733a618578af5f94892f3950")
    }

    /// Whatever the windows in which the file is read.
    @Test(arguments: [0, 1, 8_192, 8_193, 1 << 16, 4 << 20, (4 << 20) + 1, (8 << 20) + 12_345])
    func aScanCutsAsTheWholeIsCut(size: Int) throws {
        let scratch = try Scratch()
        let bytes = Self.noise(size, seed: 3)
        try Data(bytes).write(to: URL(fileURLWithPath: "\(scratch.path)/f"))
        for withHash in [false, true] {
            let file = open("\(scratch.path)/f", O_RDONLY)
            defer { close(file) }
            var lengths: [Int] = []
            var all: [UInt8] = []
            var hashed: [UInt8] = []
            let onBlock = { (block: UnsafeRawBufferPointer) in
                lengths.append(block.count)
                all += block
            }
            if withHash {
                try BlockScan(Self.chunker).scan(file, path: "f", onBytes: { hashed += $0 }, onBlock: onBlock)
                #expect(hashed == bytes)
            } else {
                try BlockScan(Self.chunker).scan(file, path: "f", onBlock: onBlock)
            }
            #expect(all == bytes)
            #expect(lengths == Self.cuts(bytes))
        }
    }

    @Test func whatIsNewIsSentAlone() throws {
        let scratch = try Scratch()
        let base = Self.noise(2 << 20, seed: 11)
        #expect(try Self.recipe(of: base, base: base, scratch).parts == [.copy(offset: 0, length: 2 << 20)])
        #expect(try Self.recipe(of: [7] + base, base: base, scratch).sent < 100_000, "an insertion shifts nothing")
        // The base's last block ends with it, where no cut is.
        #expect(
            try Self.recipe(of: base + [1, 2, 3], base: base, scratch).parts == [
                .copy(offset: 0, length: 2 << 20), .send(length: 3),
            ]
        )
        var changed = base
        for place in [100_000, 900_000, 1_900_000] {
            changed.replaceSubrange(place..<place + 10, with: Self.noise(10, seed: 5))
        }
        #expect(try Self.recipe(of: changed, base: base, scratch).sent < 3 * 100_000)
        #expect(try Self.recipe(of: Array(base[500_000...] + base[..<500_000]), base: base, scratch).sent < 200_000)
        #expect(try Self.recipe(of: Self.noise(300_000, seed: 12), base: base, scratch).sent == 300_000)
        #expect(try Self.recipe(of: Array(base.prefix(1_000_000)), base: base, scratch).sent < 100_000)
    }

    @Test func listsThatMakeNoSenseAreRefused() throws {
        let list = Self.list(Self.noise(1 << 18, seed: 1))
        let base = ContentHash.ofNothing(.blake3).bytes
        _ = try BlockIndex(list, of: base)
        let mark = [UInt8](list[..<8])
        let wrongLists: [[UInt8]] = [
            [], list.dropLast(), list + [0], [0] + list.dropFirst(), mark + [1, 0, 0, 0] + list[12...],
        ]
        for (wrong, of) in wrongLists.map({ ($0, base) }) + [(list, base.dropLast())] {
            let error = #expect(throws: FloydError.self) { try BlockIndex(wrong, of: of) }
            #expect(error?.code == .protocolViolation)
        }
    }
}

struct RecipeTests {
    static let base = FileHasher.hash([1], .blake3).bytes

    @Test func partsThatGoOnBecomeOne() {
        var recipe = Recipe(base: Self.base)
        for part in [
            .copy(offset: 0, length: 5), .copy(offset: 5, length: 5), .send(length: 1), .send(length: 2),
            .send(length: 0),
        ] as [Recipe.Part] {
            recipe.append(part)
        }
        recipe.append(.copy(offset: 12, length: 3))
        recipe.append(.copy(offset: 14, length: 3))
        #expect(
            recipe.parts
                == [
                    .copy(offset: 0, length: 10), .send(length: 3), .copy(offset: 12, length: 3),
                    .copy(offset: 14, length: 3),
                ]
        )
        #expect(recipe.length == 19)
        #expect(recipe.sent == 3)
        #expect(recipe.sentRanges == [10..<13])
        #expect(
            (0...19).map { recipe.sent(before: $0) } == Array(repeating: 0, count: 11) + [1, 2]
                + Array(repeating: 3, count: 7)
        )
    }

    @Test func textAndBack() throws {
        var (one, other) = (Recipe(base: Self.base), Recipe(base: ContentHash.ofNothing(.blake3).bytes))
        one.append(.copy(offset: 7, length: 1 << 40))
        one.append(.send(length: 9))
        other.append(.send(length: 1))
        var text: [UInt8] = []
        RecipeCoding.append(one, line: 3, to: &text)
        RecipeCoding.append(other, line: 1_000_000, to: &text)
        #expect(try RecipeCoding.recipes(text) == [3: one, 1_000_000: other])
    }

    @Test func lengthsThatOverflowTogetherAreRefused() {
        let text = "file 1 \(Hex.string(Self.base))\nsend \(Int64.max)\ncopy 0 1\n"
        let error = #expect(throws: FloydError.self) { try RecipeCoding.recipes(Array(text.utf8)) }
        #expect(error?.code == .invalidRequest)
    }

    @Test(arguments: [
        "file 1\n", "file x 00\n", "file 1 00\n", "copy 1\n", "copy -1 2\n", "copy 1 0\n", "send 0\n", "send +1\n",
        "send 1 \n", "\n", "nothing\n",
        "copy 9223372036854775807 1\n", "send 99999999999999999999\n", "send 1",
        "send \(String(repeating: "0", count: 200))\n",
    ])
    func wrongLinesAreRefused(text: String) {
        let error = #expect(throws: FloydError.self) { try RecipeCoding.recipes(Array(text.utf8)) }
        #expect(error?.code == .invalidRequest)
    }
}
