import FloydModel
import FloydRun
@testable import FloydStore
import Testing

@testable import FloydCore

@Suite struct MountPlanTests {
    private func refused(_ mount: String) -> FloydError? {
        refusal { () throws(FloydError) in try MountPlan.validated(mount, field: "data[0].mount") }
    }

    @Test(arguments: [
        ("data", "data"), ("/data", "data"), ("a.b_c-9", "a.b_c-9"), ("input", "input"), ("home", "home"),
    ])
    func takesOneName(mount: String, name: String) throws {
        #expect(try MountPlan.validated(mount, field: "x") == name)
    }

    @Test(arguments: [
        "", "/", ".", "..", "/..", "a/b", "//a", "a b", "dä", "a\0b", ".hidden", "a\n",
        String(repeating: "x", count: 65),
    ])
    func refusesWhatIsNone(mount: String) {
        let error = refused(mount)
        #expect(error?.code == .invalidRequest)
        #expect(error?.fields.map(\.name) == ["data[0].mount"])
    }

    @Test(arguments: ["usr", "lib", "/etc", "proc", "tmp", "output", "floyd", "dev", "lib64"])
    func refusesTheSystemsNames(mount: String) {
        #expect(refused(mount)?.message.hasSuffix("is the system's") == true)
    }

    @Test func theNamesThatAreRefusedAreThoseThatTheSandboxHas() {
        #expect(MountName.taken == SandboxPath.takenNames)
    }

    private func input(_ mount: String, named: Bool = false) throws -> JobInputRecord {
        JobInputRecord(
            mount: mount,
            isNamed: named,
            source: .version(ObjectID()),
            name: NumberedName(ResourceName(owner: try Name("a"), collection: .datasets, name: try Name("d")), 1)
        )
    }

    @Test func oneSourceWithoutANameIsInput() throws {
        let sole = [try input("numbers")]
        #expect(MountPlan.isSoleInput(sole))
        #expect(MountPlan.shownPath(sole[0], among: sole) == "/input")
        let named = [try input("numbers", named: true)]
        #expect(!MountPlan.isSoleInput(named))
        #expect(MountPlan.shownPath(named[0], among: named) == "/numbers")
        let two = [try input("numbers"), try input("tmp")]
        #expect(!MountPlan.isSoleInput(two))
        #expect(two.map { MountPlan.shownPath($0, among: two) } == ["/numbers", "/floyd/input/tmp"])
    }
}

@Suite struct TextLimitsTests {
    @Test func takesOrdinaryTexts() throws {
        #expect(try TextLimits.message(nil) == nil)
        #expect(try TextLimits.message("") == nil)
        #expect(try TextLimits.message("ein Lauf\n\tmit Größe 🙂") == "ein Lauf\n\tmit Größe 🙂")
        #expect(try TextLimits.message(String(repeating: "ä", count: 1_000))?.count == 1_000)
        #expect(try TextLimits.command("python main.py\n# more") == "python main.py\n# more")
        #expect(try TextLimits.command(String(repeating: "x", count: 131_071)).utf8.count == 131_071)
    }

    @Test(arguments: [String(repeating: "x", count: 1_001), "a\u{1B}[31m", "a\0", "\u{85}"])
    func refusesMessages(text: String) {
        let error = refusal { () throws(FloydError) in try TextLimits.message(text) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.fields.map(\.name) == ["message"])
    }

    @Test(arguments: ["", "  \n\t", "echo a\0b", String(repeating: "x", count: 131_072)])
    func refusesCommands(text: String) {
        let error = refusal { () throws(FloydError) in try TextLimits.command(text) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.fields.map(\.name) == ["command"])
    }

    @Test(
        arguments: [
            ("laptop", nil), ("current 2", nil), ("Current", nil), ("eo4LZmQVs9JMwW6xB8hta", nil),
            ("current", "stands for the one in use"),
            ("eo4LZmQVs9JMwW6xB8hta5", "shape of an id"), ("", "is empty"), (" ci", "begins or ends with a space"),
            (String(repeating: "x", count: 65), "more than 64"), ("caf\u{E9}", "ASCII"),
        ] as [(String, String?)]
    )
    func refusesNamesOfTokens(text: String, flaw: String?) {
        let error = refusal { () throws(FloydError) in try TextLimits.tokenName(text) }
        #expect((error == nil) == (flaw == nil))
        guard let flaw else { return }
        #expect(error?.code == .invalidRequest && error?.message.contains(flaw) == true, "\(error?.message ?? "")")
        #expect(error?.fields.map(\.name) == ["name"])
    }
}
