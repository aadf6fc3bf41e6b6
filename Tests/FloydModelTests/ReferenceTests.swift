import FloydModel
import Testing

struct ReferenceTests {
    private static let id = "eo4LZmQVs9JMwW6xB8hta5"

    private static func name(
        _ owner: String?,
        _ name: String,
        _ number: Int? = nil,
        _ collection: FloydModel.Collection? = nil,
        output: Bool = false
    ) throws -> Reference {
        let target = Reference.Target.name(owner: try owner.map { try Name($0) }, name: try Name(name), number: number)
        return Reference(target, collection: collection, isOutput: output)
    }

    @Test("each form means what it says, and is written as it was read")
    func forms() throws {
        let id = try #require(ObjectID(Self.id))
        let forms: [(String, Reference)] = [
            (Self.id, Reference(.id(id))),
            (Self.id + "/output", Reference(.id(id), isOutput: true)),
            ("3", Reference(.number(3))),
            ("3/output", Reference(.number(3), isOutput: true)),
            ("modelnet", try Self.name(nil, "modelnet")),
            ("modelnet/output", try Self.name(nil, "modelnet", output: true)),
            ("modelnet/3", try Self.name(nil, "modelnet", 3)),
            ("modelnet/3/output", try Self.name(nil, "modelnet", 3, output: true)),
            ("alice/modelnet", try Self.name("alice", "modelnet")),
            ("alice/modelnet/3", try Self.name("alice", "modelnet", 3)),
            ("alice/modelnet/output", try Self.name("alice", "modelnet", output: true)),
            ("alice/datasets/modelnet", try Self.name("alice", "modelnet", nil, .datasets)),
            ("alice/datasets/modelnet/1", try Self.name("alice", "modelnet", 1, .datasets)),
            ("alice/projects/x/3", try Self.name("alice", "x", 3, .projects)),
            ("alice/projects/x/3/output", try Self.name("alice", "x", 3, .projects, output: true)),
            ("alice/projects/x/output", try Self.name("alice", "x", nil, .projects, output: true)),
            ("output", try Self.name(nil, "output")),
            ("output/3", try Self.name(nil, "output", 3)),
            // Names that are also words of the full form.
            ("alice/projects/output", try Self.name("alice", "output", nil, .projects)),
            ("alice/datasets/output", try Self.name("alice", "output", nil, .datasets)),
            ("alice/projects/output/3", try Self.name("alice", "output", 3, .projects)),
            ("alice/projects/output/3/output", try Self.name("alice", "output", 3, .projects, output: true)),
            ("alice/datasets/datasets/1", try Self.name("alice", "datasets", 1, .datasets)),
            ("datasets/projects/x", try Self.name("datasets", "x", nil, .projects)),
            ("alice/datasets", try Self.name("alice", "datasets")),
        ]
        for (text, reference) in forms {
            #expect(try Reference(parsing: text) == reference, "\(text)")
            #expect(reference.description == text)
        }
    }

    @Test(arguments: [
        "", "/", "a/", "/a", "a//b", "a/b/c", "a/b/c/d", "a/b/3/4", "alice/datasets/", "alice/datasets/3", "..", "../x",
        "a/..", "a/0", "a/-1", "a/+1", "a/01", "0", "99999999999999999999", "a/99999999999999999999",
        "alice/projects/x/y", "a b", "a\0b",
    ])
    func refuses(_ text: String) {
        let error = #expect(throws: FloydError.self) { try Reference(parsing: text) }
        #expect(error?.code == .invalidName)
    }

    @Test("in a project's folder nothing is its latest job, a number its job, and a full reference itself")
    func completing() throws {
        let project = ResourceName(owner: try Name("alice"), collection: .projects, name: try Name("x"))
        func complete(_ text: String?) throws -> String {
            try Reference.completing(text.map { try Reference(parsing: $0) }, in: project).description
        }
        #expect(try complete(nil) == "alice/projects/x")
        #expect(try complete("3") == "alice/projects/x/3")
        #expect(try complete("3/output") == "alice/projects/x/3/output")
        #expect(try complete("y/2") == "y/2")
        #expect(try complete(Self.id) == Self.id)
    }

    @Test func fullNames() throws {
        let dataset = ResourceName(owner: try Name("alice"), collection: .datasets, name: try Name("modelnet"))
        #expect(dataset.description == "alice/datasets/modelnet")
        #expect(NumberedName(dataset, 2).description == "alice/datasets/modelnet/2")
    }
}
