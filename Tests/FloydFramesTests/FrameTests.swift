import Testing

@testable import FloydFrames

@Suite struct FrameTests {
    enum Seen: Hashable {
        case entry(UnpackedEntry)
        case data([UInt8])
        case end(Int64)
        case problem(UnpackProblem)
    }

    static func parse(_ bytes: [UInt8], cutEvery size: Int = .max) throws -> [Seen] {
        var parser = FrameParser()
        var seen: [Seen] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            try Array(rest.prefix(size)).withUnsafeBytes { piece in
                try parser.feed(piece) { frame in
                    switch frame {
                    case .entry(let entry): seen.append(.entry(entry))
                    case .data(let bytes):
                        if case .data(let before) = seen.last {
                            seen[seen.count - 1] = .data(before + Array(bytes))
                        } else {
                            seen.append(.data(Array(bytes)))
                        }
                    case .end(let count): seen.append(.end(count))
                    case .problem(let problem): seen.append(.problem(problem))
                    }
                }
            }
            rest = rest.dropFirst(size)
        }
        return seen
    }

    static let file = UnpackedEntry(kind: .file, mode: 0o755, size: 5, path: Array("a/b".utf8))
    static let link = UnpackedEntry(kind: .link, path: [0xFF, 0x2F], target: Array("b".utf8))

    static let whole: [UInt8] = {
        var bytes: [UInt8] = []
        FrameCoding.append(file, to: &bytes)
        FrameCoding.appendDataHeader(length: 5, to: &bytes)
        bytes += Array("hello".utf8)
        FrameCoding.append(link, to: &bytes)
        FrameCoding.appendEnd(entries: 2, to: &bytes)
        return bytes
    }()

    @Test(arguments: [1, 2, 3, 7, 8, 9, 64, .max]) func readsFramesHoweverTheyAreCut(size: Int) throws {
        let seen = try Self.parse(Self.whole, cutEvery: size)
        #expect(seen == [.entry(Self.file), .data(Array("hello".utf8)), .entry(Self.link), .end(2)])
    }

    @Test func readsAProblemInTheMiddleOfAFile() throws {
        var bytes: [UInt8] = []
        FrameCoding.append(Self.file, to: &bytes)
        let problem = UnpackProblem(.damaged, "truncated")
        FrameCoding.append(problem, to: &bytes)
        #expect(try Self.parse(bytes) == [.entry(Self.file), .problem(problem)])
    }

    @Test func cutsALongMessage() throws {
        var bytes: [UInt8] = []
        FrameCoding.append(UnpackProblem(.memory, String(repeating: "x", count: 100_000)), to: &bytes)
        guard case .problem(let problem) = try Self.parse(bytes).first else {
            Issue.record("no problem")
            return
        }
        #expect(problem.message.utf8.count == Frame.maximumMessage)
    }

    @Test func refusesWhatNoUnpackerSays() {
        func changed(_ change: (inout [UInt8]) -> Void) -> [UInt8] {
            var bytes = Self.whole
            change(&bytes)
            return bytes
        }
        let entryLength = Frame.headerLength + Frame.entryLength + 3
        let wrong: [[UInt8]] = [
            changed { $0[0] = 9 },
            changed { $0[1] = 1 },
            // Lengths that don't fit.
            changed { $0[7] = 0xFF },
            changed { $0[4] = 1 },
            changed { $0[Frame.headerLength + 16] = 200 },
            changed { $0[Frame.headerLength] = 77 },
            // A negative size.
            changed { $0[Frame.headerLength + 15] = 0x80 },
            // More bytes than the entry says, fewer, and none at all.
            changed { $0[entryLength + 4] = 6 },
            changed { $0.removeSubrange(entryLength..<entryLength + 13) },
            // Data of no entry.
            Array(Self.whole[entryLength...]),
            // A wrong count, and something behind the end.
            changed { $0[$0.count - 8] = 3 },
            Self.whole + Self.whole,
        ]
        for bytes in wrong {
            #expect(throws: FrameFlaw.self) { try Self.parse(bytes) }
        }
    }

    @Test func survivesAnyBytes() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            var bytes = Self.whole
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            _ = try? Self.parse(bytes, cutEvery: Int.random(in: 1...40, using: &generator))
        }
    }
}
