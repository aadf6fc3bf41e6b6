import Testing

@testable import FloydCommands

@Suite("A file without a name")
struct SpoolFileTests {
    private static func bytes(_ count: Int, _ random: inout some RandomNumberGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    @Test("holds what an array would, whatever is appended, overwritten and read")
    func likeAnArray() throws {
        var random = SystemRandomNumberGenerator()
        let file = try SpoolFile()
        var expected: [UInt8] = []
        for _ in 0..<4_000 {
            let offset = Int.random(in: 0...expected.count, using: &random)
            // Short pieces go through the window, long ones past it.
            let count = Int.random(in: 0...(Int.random(in: 0..<8, using: &random) > 0 ? 100 : 20_000), using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                let piece = Self.bytes(count, &random)
                try file.append(piece)
                expected += piece
            case 1:
                let piece = Self.bytes(min(count, expected.count - offset), &random)
                try file.write(piece, at: Int64(offset))
                expected.replaceSubrange(offset..<(offset + piece.count), with: piece)
            case 2:
                let end = min(offset + count, expected.count)
                #expect(try file.read(count, at: Int64(offset)) == Array(expected[offset..<end]))
            default:
                var reader = SpoolReader(file, at: Int64(offset))
                let (first, second) = (min(count, expected.count - offset), min(50, expected.count - offset))
                guard first + second <= expected.count - offset else { continue }
                #expect(try reader.next(first) == Array(expected[offset..<(offset + first)]))
                #expect(try reader.next(second) == Array(expected[(offset + first)..<(offset + first + second)]))
            }
            #expect(file.count == Int64(expected.count))
        }
        #expect(try file.read(expected.count, at: 0) == expected)
    }

    @Test("nothing is overwritten behind its end")
    func behindTheEnd() throws {
        let file = try SpoolFile()
        try file.append([1, 2, 3])
        #expect(throws: (any Error).self) { try file.write([4, 5], at: 2) }
        #expect(try file.read(3, at: 0) == [1, 2, 3])
    }
}
