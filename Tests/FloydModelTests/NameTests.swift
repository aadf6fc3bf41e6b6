import FloydModel
import FoundationEssentials
import Testing

struct NameTests {
    @Test(arguments: [
        "a", "Z", "classify-modelnet", "a..b", "v1.0", "0x", "3d", "A_b-C.d", String(repeating: "a", count: 64),
        // As long as an id, but with a look-alike.
        "eo4LZmQVs9JMwW6xB8hta0",
    ])
    func accepts(_ string: String) throws {
        #expect(try Name(string).string == string)
        #expect(try Name(string).description == string)
    }

    @Test(
        "refuses, and says why",
        arguments: [
            ("", "it is empty"),
            ("3", "it is a number"),
            ("0123456789", "it is a number"),
            ("eo4LZmQVs9JMwW6xB8hta5", "it has the shape of an id"),
            (".", "begins with a character that is neither letter nor digit"),
            ("..", "begins with a character that is neither letter nor digit"),
            ("-x", "begins with a character that is neither letter nor digit"),
            ("_x", "begins with a character that is neither letter nor digit"),
            ("é", "begins with a character that is neither letter nor digit"),
            ("a/b", "it has a character that a name can't have"),
            ("a b", "it has a character that a name can't have"),
            ("a\n", "it has a character that a name can't have"),
            ("a\0", "it has a character that a name can't have"),
            ("caf\u{e9}", "it has a character that a name can't have"),
            ("a" + String(repeating: "é", count: 40), "it has a character that a name can't have"),
            (String(repeating: "a", count: 65), "it has 65 characters"),
            (String(repeating: "a", count: 300), "it has 300 characters"),
        ]
    )
    func refuses(_ string: String, _ flaw: String) {
        let error = #expect(throws: FloydError.self) { try Name(string) }
        #expect(error?.code == .invalidName)
        #expect(error?.message.contains(flaw) == true, "\(error?.message ?? "")")
        #expect(error?.hint != nil)
    }

    @Test("a hostile name stands in the message without its control characters, and cut")
    func quotes() {
        let error = #expect(throws: FloydError.self) {
            try Name("a\u{1b}[2J\n" + String(repeating: "x", count: 1000))
        }
        let message = error?.message ?? ""
        #expect(message.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
        #expect(message.contains("\\u{1B}[2J\\n"))
        #expect(message.count < 200)
    }

    @Test("JSON is the bare string, and a bad one does not decode")
    func coding() throws {
        #expect(try String(decoding: JSONEncoder().encode([Name("alice")]), as: UTF8.self) == #"["alice"]"#)
        #expect(try JSONDecoder().decode([Name].self, from: Data(#"["alice"]"#.utf8)) == [Name("alice")])
        #expect(throws: (any Error).self) { try JSONDecoder().decode([Name].self, from: Data(#"["../x"]"#.utf8)) }
    }

    @Test func ordering() throws {
        #expect(try [Name("b"), Name("a"), Name("B")].sorted().map(\.string) == ["B", "a", "b"])
    }
}
