public import FloydModel

/// A named software stack: a Python version of the host and the packages on top.
public struct DeclaredEnvironment: Sendable, Hashable {
    public var name: Name
    /// `3.11`
    public var python: String
    /// Requirement specifiers as pip takes them, in the order of the file.
    public var packages: [String]

    public init(name: Name, python: String, packages: [String]) {
        self.name = name
        self.python = python
        self.packages = packages
    }
}

/// The environments that the server offers, by name.
public struct EnvironmentCatalog: Sendable, Hashable {
    /// In name order.
    public let environments: [DeclaredEnvironment]

    /// Reads an environments file's text.
    ///
    /// - Throws: `FloydError` with file, line and key for an unknown key or a bad value.
    public init(yaml text: String, file: String) throws(FloydError) {
        var environments: [DeclaredEnvironment] = []
        for (name, value) in try YAMLValue(parsing: text, file: file).mapping() {
            environments.append(try Self.environment(name, value))
        }
        self.environments = environments.sorted { $0.name < $1.name }
    }

    private static func environment(_ name: String, _ value: YAMLValue) throws(FloydError) -> DeclaredEnvironment {
        let validName: Name
        do {
            validName = try Name(name)
        } catch {
            throw value.error(error.message, hint: error.hint)
        }
        let keys = try value.mapping(keys: ["python", "packages"])
        guard let python = keys["python"] else {
            throw value.error("python is missing", hint: "Name the Python version, python: \"3.11\" for example.")
        }
        let version = try python.string()
        let parts = version.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({
                !$0.isEmpty && $0.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            })
        else {
            throw python.error("\(version) is no Python version", hint: "Write major and minor in quotes: \"3.11\".")
        }
        var packages: [String] = []
        for item in try keys["packages"]?.list() ?? [] {
            let package = try item.string()
            // An entry becomes one argument of the installer: as an option it would mean something else altogether.
            guard let first = package.utf8.first, first != UInt8(ascii: "-"),
                package.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
            else {
                throw item.error(
                    "\(package) is no package",
                    hint: "Write a name with a version: tensorflow-cpu==2.12.1."
                )
            }
            packages.append(package)
        }
        return DeclaredEnvironment(name: validName, python: version, packages: packages)
    }

    /// The environment of that name.
    ///
    /// - Throws: `environmentNotFound` with the list of those there are.
    public func environment(named name: String) throws(FloydError) -> DeclaredEnvironment {
        if let environment = environments.first(where: { $0.name.string == name }) { return environment }
        throw FloydError(
            .environmentNotFound,
            "there is no environment \(name)",
            hint: "The environments here are \(environments.map(\.name.string).joined(separator: ", "))."
        )
    }
}
