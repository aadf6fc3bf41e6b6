import Testing

@testable import FloydCore

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::1", "::1"), ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"), ("::FFFF:c000:0201", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("::", "::"),
    ])
    func readsAndWrites(text: String, expected: String) throws {
        #expect(IPAddress(text)?.description == expected)
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4:80", "[::1]",
        "fe80::1%eth0",
        ":::", "1::2::3", "12345::", "1.2.3.4\0", "::1\0", "localhost", "0x7f.1", "1.2.3.-4", "１.2.3.4",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000",
    ])
    func refusesWhatIsNone(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.0.0.0/8", "::ffff:10.1.2.3", true),
        ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "::1", false), ("::/0", "::1", true),
        ("::/0", "10.0.0.1", false),
        ("192.0.2.128/25", "192.0.2.127", false), ("192.0.2.128/25", "192.0.2.128", true),
        ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false), ("192.0.2.1/32", "192.0.2.1", true),
        ("fd00::/9", "fd7f::1", true), ("fd00::/9", "fd80::1", false), ("::1", "::1", true),
        ("::1", "127.0.0.1", false),
    ])
    func aRangeHasWhatBeginsAlike(range: String, address: String, isIn: Bool) throws {
        let range = try #require(AddressRange(range))
        #expect(range.contains(try #require(IPAddress(address))) == isIn)
    }

    @Test(arguments: [
        "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "::/129", "/8", "a/8", "10.0.0.0/8/8",
    ])
    func refusesRangesThatAreNone(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test(arguments: ["10.0.0.0/8", "192.0.2.1", "fd00::/8", "::1"])
    func writesARangeAsItWasRead(text: String) {
        #expect(AddressRange(text)?.description == text)
    }
}
