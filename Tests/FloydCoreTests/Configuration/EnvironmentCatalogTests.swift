import FloydModel
import Testing

@testable import FloydCore

@Suite struct EnvironmentCatalogTests {
    private func parse(_ yaml: String) throws(FloydError) -> EnvironmentCatalog {
        try EnvironmentCatalog(yaml: yaml, file: "environments.yml")
    }

    @Test func readsThemInTheOrderOfTheirNames() throws {
        let catalog = try parse(
            """
            torch:
              python: "3.12"
              packages: [torch==2.4.0, "numpy>=1.26,<3"]
            bare: {python: "3.11"}
            """
        )
        #expect(
            catalog.environments == [
                DeclaredEnvironment(name: try Name("bare"), python: "3.11", packages: []),
                DeclaredEnvironment(
                    name: try Name("torch"),
                    python: "3.12",
                    packages: ["torch==2.4.0", "numpy>=1.26,<3"]
                ),
            ]
        )
        #expect(try catalog.environment(named: "torch").python == "3.12")
    }

    @Test(arguments: [
        ("x: {}", "environments.yml:1: x: python is missing"),
        ("x: {pyhton: '3.11'}", "environments.yml:1: x.pyhton: unknown key"),
        ("x: {python: 3}", "environments.yml:1: x.python: 3 is no Python version"),
        ("x: {python: '3.11.2'}", "environments.yml:1: x.python: 3.11.2 is no Python version"),
        ("x: {python: '../evil'}", "environments.yml:1: x.python: ../evil is no Python version"),
        ("x: {python: '3.'}", "environments.yml:1: x.python: 3. is no Python version"),
        ("x: {python: '３.11'}", "environments.yml:1: x.python: ３.11 is no Python version"),
        (
            "x:\n  python: '3.11'\n  packages:\n    - numpy\n    - --index-url=http://evil\n",
            "environments.yml:5: x.packages[1]: --index-url=http://evil is no package"
        ),
        ("x: {python: '3.11', packages: ['']}", "environments.yml:1: x.packages[0]:  is no package"),
        ("x: {python: '3.11', packages: numpy}", "environments.yml:1: x.packages: not a list"),
        ("x: [a]", "environments.yml:1: x: not a mapping of keys to values"),
    ])
    func saysFileLineAndKey(yaml: String, message: String) {
        #expect(refusal { () throws(FloydError) in try parse(yaml) }?.message == message)
    }

    @Test(arguments: ["\"a b\": {python: '3.11'}", "7: {python: '3.11'}", "'a/b': {python: '3.11'}"])
    func refusesWhatIsNoName(yaml: String) {
        #expect(refusal { () throws(FloydError) in try parse(yaml) }?.message.hasPrefix("environments.yml:1: ") == true)
    }

    @Test func refusesControlCharactersInPackages() {
        let error = refusal { () throws(FloydError) in try parse("x: {python: '3.11', packages: [\"a\\nb\"]}") }
        #expect(error?.code == .invalidRequest)
    }

    @Test func anUnknownNameIsAnsweredWithTheList() throws {
        let catalog = try parse("b: {python: '3.11'}\na: {python: '3.11'}\n")
        let error = refusal { () throws(FloydError) in try catalog.environment(named: "kears") }
        #expect(error?.code == .environmentNotFound)
        #expect(error?.hint == "The environments here are a, b.")
    }
}
