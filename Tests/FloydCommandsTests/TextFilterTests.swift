import FloydAPI
import Foundation
import Testing

@testable import FloydCommands

@Suite struct TextFilterTests {
    private func filtered(_ bytes: [UInt8], colours: Bool = true, piece: Int = .max) -> String {
        var filter = TextFilter(keepsColours: colours)
        var result: [UInt8] = []
        var start = 0
        while start < bytes.count {
            let end = piece == .max ? bytes.count : min(bytes.count, start + piece)
            result += filter.filter(Data(bytes[start..<end]))
            start = end
        }
        return String(decoding: result + filter.endLine(), as: UTF8.self)
    }

    private func filtered(_ text: String, colours: Bool = true) -> String {
        filtered(Array(text.utf8), colours: colours)
    }

    @Test(arguments: [
        ("plain\ttext", "plain\ttext"),
        ("grün 漢字 🙂", "grün 漢字 🙂"),
        ("a\u{1b}[31mred\u{1b}[0m", "a\u{1b}[31mred\u{1b}[0m"),
        ("\u{1b}[38;5;208mx\u{1b}[m", "\u{1b}[38;5;208mx\u{1b}[m"),
        ("a\u{1b}[2Jb\u{1b}[Hc\u{1b}[1;1Hd", "abcd"),
        ("a\u{1b}[?25lb", "ab"),
        ("a\u{1b}[>4;2mb", "ab"),
        ("a\u{1b}]0;title\u{7}b", "ab"),
        ("a\u{1b}]52;c;cm0gLXJm\u{1b}\\b", "ab"),
        ("a\u{1b}Pq#0\u{1b}\\b", "ab"),
        ("a\u{1b}_apc\u{1b}\\b\u{1b}^pm\u{1b}\\c", "abc"),
        ("a\u{1b}cb\u{1b}(Bc\u{1b}7d", "abcd"),
        ("a\u{8}\u{7}\u{b}\u{c}\u{e}\u{f}\u{7f}\0b", "ab"),
        ("a\u{9b}2Jb\u{9d}0;t\u{9c}c\u{85}d", "abcd"),
        ("10%\r20%", "10%\r20%"),
        ("a\u{1b}[31\u{18}mb", "amb"),
        ("a\u{1b}", "a"),
        ("a\u{1b}]0;never ended", "a"),
        ("a\nb", "ab"),
        ("a\u{1b}]0;x\u{1b}[31mb", "a\u{1b}[31mb"),
    ])
    func sequencesAreTakenOut(_ text: String, _ expected: String) {
        #expect(filtered(text) == expected)
    }

    @Test func coloursGoWhereTheyAreOfNoUse() {
        #expect(filtered("a\u{1b}[31mred\u{1b}[0m", colours: false) == "ared")
    }

    @Test func anEndlessColourIsNone() {
        #expect(filtered("\u{1b}[" + String(repeating: "1;", count: 500) + "mx") == "x")
    }

    @Test(arguments: [
        ([0xff], "\u{fffd}"),
        ([0x61, 0xc3], "a\u{fffd}"),
        ([0xc3, 0x61], "\u{fffd}a"),
        ([0xed, 0xa0, 0x80], "\u{fffd}\u{fffd}\u{fffd}"),
        ([0xc0, 0xaf], "\u{fffd}\u{fffd}"),
        ([0x9b, 0x32, 0x4a], "\u{fffd}2J"),
        ([0xe2, 0x82, 0x1b, 0x5b, 0x32, 0x4a], "\u{fffd}"),
    ])
    func whatIsNoTextIsReplaced(_ bytes: [UInt8], _ expected: String) {
        #expect(filtered(bytes) == expected)
    }

    @Test(arguments: 1...7) func piecesMakeNoDifference(_ piece: Int) {
        let text = "ü\u{1b}[31mröt\u{1b}[0m\u{1b}]0;t\u{1b}\\漢\u{9b}2J🙂\u{1b}[2Jend\u{ff}"
        #expect(filtered(Array(text.utf8), piece: piece) == filtered(text))
    }

    @Test func nothingOfALineReachesTheNext() {
        var filter = TextFilter(keepsColours: true)
        _ = filter.filter(Data("a\u{1b}]0;open".utf8))
        _ = filter.endLine()
        #expect(filter.filter(Data("next".utf8)) == Array("next".utf8))
    }

    /// Whatever comes in, nothing that moves the cursor or worse comes out.
    @Test func randomBytesAreHarmless() {
        var generator = Xorshift(state: 0x9e37_79b9)
        let alphabet: [UInt8] = [
            0x1b, 0x5b, 0x5d, 0x6d, 0x4a, 0x9b, 0xc2, 0x9d, 0x07, 0x5c, 0x31, 0x3b, 0x50, 0x18, 0xe2, 0x82, 0xac, 0x0d,
        ]
        for _ in 0..<2_000 {
            let bytes = (0..<30).map { _ in alphabet[Int(generator.next() % UInt64(alphabet.count))] }
            let text = filtered(bytes, colours: true, piece: Int(generator.next() % 5) + 1)
            var rest = text.unicodeScalars[...]
            while let first = rest.popFirst() {
                guard first == "\u{1b}" else {
                    #expect(first.properties.generalCategory != .control || first == "\r", "\(bytes)")
                    continue
                }
                let tail = rest.drop { $0 == "[" }.drop { ("0"..."9").contains($0) || $0 == ";" || $0 == ":" }
                #expect(rest.first == "[" && tail.first == "m", "\(bytes)")
            }
        }
    }
}

struct Xorshift: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
