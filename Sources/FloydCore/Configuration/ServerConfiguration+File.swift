public import FloydModel
internal import FloydOS
internal import Glibc

extension ServerConfiguration {
    private static let sizeLimit = 1 << 20

    /// Reads the config file, or, if none is named, the one at its usual place; where there is none either, all is default.
    ///
    /// - Returns: the config, and the path of the file that it came from.
    /// - Throws: `FloydError` that names file, line and key.
    public static func load(_ path: String?) throws(FloydError) -> (configuration: ServerConfiguration, file: String?) {
        let file = path ?? usualFile
        guard let text = try text(of: file, required: path != nil) else { return (ServerConfiguration(), nil) }
        return (try ServerConfiguration(yaml: text, file: file), file)
    }

    /// The environments that this config declares: its own file, else `environments.yml` beside the config file, else the built-in.
    ///
    /// - Parameter configFile: the path of the config file, if there is one.
    public func environmentCatalog(besideConfig configFile: String?) throws(FloydError) -> EnvironmentCatalog {
        let folder = configFile.flatMap(Folder.parent) ?? "."
        if let environmentsFile {
            let path = environmentsFile.hasPrefix("/") ? environmentsFile : "\(folder)/\(environmentsFile)"
            return try EnvironmentCatalog(yaml: Self.text(of: path, required: true) ?? "", file: path)
        }
        let beside = "\(folder)/environments.yml"
        if configFile != nil, let text = try Self.text(of: beside, required: false) {
            return try EnvironmentCatalog(yaml: text, file: beside)
        }
        let builtIn = String(decoding: PackageResources.environments_yml, as: UTF8.self)
        return try EnvironmentCatalog(yaml: builtIn, file: "the built-in environments.yml")
    }

    private static func text(of path: String, required: Bool) throws(FloydError) -> String? {
        do {
            // Opened by hand: a config file may well be a link.
            let bytes = try FileDescriptor.open(path, O_RDONLY).readAll(limit: sizeLimit)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw FloydError(.invalidRequest, "\(path) is not UTF-8 text")
            }
            return text
        } catch let error as SystemError {
            if !required && error.code == ENOENT { return nil }
            throw FloydError(
                .localFile,
                "the file can't be read: \(error)",
                hint: "Name another with --config, or make it readable."
            )
        } catch let error as FloydError {
            throw error
        } catch {
            throw FloydError(.internalError, "\(error)")
        }
    }

    private static var usualFile: String {
        geteuid() == 0
            ? "/etc/floydlite/floydlited.yml" : "\(userFolder("XDG_CONFIG_HOME", "/.config"))/floydlite/floydlited.yml"
    }

    /// Where everything is kept if neither the command line nor the config says.
    public static var usualDataFolder: String {
        geteuid() == 0 ? "/var/lib/floydlite" : "\(userFolder("XDG_DATA_HOME", "/.local/share"))/floydlite"
    }

    private static func userFolder(_ variable: String, _ fallback: String) -> String {
        if let value = getenv(variable).map({ String(cString: $0) }), value.hasPrefix("/") { return value }
        return getenv("HOME").map { String(cString: $0) + fallback } ?? "/tmp"
    }
}
