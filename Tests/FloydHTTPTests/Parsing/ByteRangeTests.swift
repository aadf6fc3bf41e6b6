import Testing

@testable import FloydHTTP

@Suite("Ranges")
struct ByteRangeTests {
    @Test(
        "a header asks for its bytes",
        arguments: [
            (nil, .whole), ("bytes=0-99", .part(0..<100)), ("bytes=0-0", .part(0..<1)), ("bytes=10-19", .part(10..<20)),
            ("bytes=90-", .part(90..<100)), ("bytes=-10", .part(90..<100)), ("bytes=-1000", .part(0..<100)),
            ("bytes=50-1000", .part(50..<100)), ("bytes=99-", .part(99..<100)), ("BYTES=0-1", .part(0..<2)),
            ("bytes= 0-1 ", .part(0..<2)), ("bytes=0-99999999999999999999", .part(0..<100)),
            ("bytes=-99999999999999999999", .part(0..<100)), ("bytes=100-", .unsatisfiable),
            ("bytes=100-200", .unsatisfiable), ("bytes=-0", .unsatisfiable),
            ("bytes=99999999999999999999-", .unsatisfiable), ("bytes=9-5", .whole), ("bytes=-", .whole),
            ("bytes=a-b", .whole), ("bytes=0-1,5-6", .whole), ("bytes=+1-2", .whole), ("bytes=1", .whole),
            ("lines=0-1", .whole), ("0-1", .whole), ("", .whole), ("bytes=0--1", .whole), ("bytes=0 - 1", .whole),
        ] as [(String?, ByteRange)]
    )
    func parse(header: String?, range: ByteRange) {
        #expect(ByteRange.parse(header, length: 100) == range)
    }

    @Test("nothing of an empty file can be had")
    func empty() {
        #expect(ByteRange.parse("bytes=0-", length: 0) == .unsatisfiable)
        #expect(ByteRange.parse("bytes=-5", length: 0) == .unsatisfiable)
        #expect(ByteRange.parse(nil, length: 0) == .whole)
    }

    @Test("the answer's field")
    func contentRange() {
        #expect(ByteRange.part(10..<20).contentRange(length: 100) == "bytes 10-19/100")
        #expect(ByteRange.unsatisfiable.contentRange(length: 100) == "bytes */100")
        #expect(ByteRange.whole.contentRange(length: 100) == nil)
    }
}
