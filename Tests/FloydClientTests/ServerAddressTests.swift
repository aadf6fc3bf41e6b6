import FloydModel
import Testing

@testable import FloydClient

@Suite struct ServerAddressTests {
    @Test(arguments: [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", true),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080", true),
        ("127.0.0.1", "http://127.0.0.1:8080", true),
        ("localhost:9", "http://localhost:9", true),
        ("box", "http://box:8080", false),
        ("http://box", "http://box", false),
        ("HTTPS://gpu.example.org/floyd/", "https://gpu.example.org/floyd", false),
        ("[::1]", "http://[::1]:8080", true),
        ("http://[2001:db8::1]:99", "http://[2001:db8::1]:99", false),
    ])
    func addressesAreUnderstood(_ text: String, _ base: String, _ isLocal: Bool) throws {
        let address = try ServerAddress(parsing: text)
        #expect(address.base == base)
        #expect(address.isLocal == isLocal)
        #expect(try ServerAddress(parsing: address.description) == address)
    }

    @Test func socketsAreUnderstood() throws {
        let address = try ServerAddress(parsing: "unix:/run/floydlite.sock")
        #expect(address.socketPath == "/run/floydlite.sock")
        #expect(address.isLocal)
        #expect(address.description == "unix:/run/floydlite.sock")
    }

    @Test(arguments: [
        "", "http://", "ftp://box", "http://user:pw@box", "http://box:0", "http://box:99999", "http://box:x",
        "box/a?b", "bo x", "bo\nx", "unix:relative", "http://:80", "bö",
    ])
    func whatIsNoAddressIsRefused(_ text: String) {
        #expect(throws: FloydError.self) { try ServerAddress(parsing: text) }
    }
}
