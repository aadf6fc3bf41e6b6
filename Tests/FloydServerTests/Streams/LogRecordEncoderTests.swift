import FloydAPI
import FloydCore
import Foundation
import Testing

@testable import FloydServer

@Suite("Log records as JSON")
struct LogRecordEncoderTests {
    private func roundTrip(_ records: [LogRecordMessage]) throws -> [LogRecordMessage] {
        var bytes: [UInt8] = []
        LogRecordEncoder.append(records, to: &bytes)
        #expect(!bytes.contains(UInt8(ascii: "\n")) && !bytes.contains(UInt8(ascii: "\r")))
        return try MessageCoding.decode(from: Data(bytes))
    }

    @Test("come back as they were")
    func roundTrips() throws {
        let everyCharacter = String(
            String.UnicodeScalarView((0...0x2fff).compactMap(Unicode.Scalar.init(_:) as (Int) -> Unicode.Scalar?))
        )
        let records: [LogRecordMessage] = [
            .test(""), .test("plain"), .test("\"quoted\" \\ and /"),
            .test("tab\tCR\rLF\nNUL\u{0}", "stderr", partial: true),
            .test("é 🚀 \u{2028}\u{2029}", "system"), .test(everyCharacter), .test(bytes: [0xff, 0x00, 0xc3]),
            .test(bytes: []), .test(bytes: Array(0...255)),
            LogRecordMessage(time: "t", stream: "system", partial: false, bytes: Data("gap".utf8), missing: 1 << 40),
        ]
        #expect(try roundTrip(records) == records)
        #expect(try roundTrip([]) == [])
    }
}

extension Unicode.Scalar {
    fileprivate init?(_ value: Int) {
        self.init(UInt32(value))
    }
}
