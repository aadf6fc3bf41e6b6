import FloydAPI
import FloydModel
import Testing

@testable import FloydConformance
@testable import FloydServer

@Suite("The interface's patterns")
struct IdentityPatternTests {
    /// Whether a value of the schema may be `text`.
    private static func takes(_ schema: Schema, _ text: String) throws -> Bool {
        SchemaCheck.flaws(.string(text), try JSON(schema.json.bytes), root: .null).isEmpty
    }

    private static let long = String(repeating: "x", count: Name.maximumLength)
    private static let id = "eo4LZmQVs9JMwW6xB8hta5"

    private static let namelike: [(String, Bool)] = [
        ("mnist", true), ("3d-shapes", true), ("2024", false), ("2024.1", true), ("1_", true), ("0", false),
        ("0x", true), ("7b", true), ("a.b-c_d", true), ("A", true), ("-a", false), (".a", false), ("_a", false),
        ("3/d", false), ("", false), ("a b", false), ("ä", false), (id, false), ("\(id)x", true), (long, true),
        ("\(long)x", false), ("1\(long.dropFirst())", true), ("1\(long)", false),
    ]

    @Test("take the names that are names", arguments: namelike)
    func names(text: String, isName: Bool) throws {
        #expect(((try? Name(text)) != nil) == isName)
        #expect(try Self.takes(.name, text) == isName)
    }

    private static let referencelike: [(String, Bool)] = [
        (id, true), ("mnist", true), ("3d-shapes", true), ("3d-shapes/4", true), ("3d-shapes/0", false),
        ("mnist/04", false), ("1st/3d-shapes", true), ("1st/3d-shapes/4", true), ("1st/datasets/3d-shapes", true),
        ("1st/datasets/3d-shapes/4", true), ("alice/mnist/x", false), ("mnist/", false), ("/mnist", false),
        ("3/mnist", false), ("3/4", false), ("alice/datasets/mnist/4/5", false), ("", false), ("a//b", false),
        ("\(long)/\(long)/3", true), ("\(long)x/3", false), ("a/\(long)x", false), ("1/1\(long.dropFirst())", false),
    ]

    @Test("take the references that mean something anywhere", arguments: referencelike)
    func references(text: String, isReference: Bool) throws {
        #expect(((try? Reference(parsing: text)) != nil) == isReference)
        #expect(try Self.takes(.reference(to: .datasets), text) == isReference)
    }

    @Test("take no number without a name: it means something in a folder alone", arguments: ["1", "3", "42"])
    func numbers(text: String) throws {
        #expect(try Reference(parsing: text).target == .number(try #require(Int(text))))
        #expect(try !Self.takes(.reference(to: .projects), text))
    }

    private static let idlike: [(String, Bool)] = [
        (id, true), ("\(id.dropLast())", false), ("\(id)2", false), ("l\(id.dropFirst())", false),
    ]

    @Test("take ids", arguments: idlike)
    func ids(text: String, isID: Bool) throws {
        #expect((ObjectID(text) != nil) == isID)
        #expect(try Self.takes(.id, text) == isID)
    }

    @Test(
        "take a job's output as a source, too",
        arguments: ["3d-shapes/4/output", "1st/projects/3d/1/output", "\(id)/output"]
    )
    func outputs(text: String) throws {
        let source = try #require(SubmitJobRequest.sources)
        #expect(try Reference(parsing: text).isOutput)
        #expect(try Self.takes(source, text) && !Self.takes(source, "3/output") && !Self.takes(source, Self.long + "x"))
    }
}

extension SubmitJobRequest {
    /// What a source of data may be.
    fileprivate static var sources: Schema? {
        guard case .list(.object(let mount), _) = shape.optional["data"] else { return nil }
        return mount.required["source"]?.schema
    }
}
