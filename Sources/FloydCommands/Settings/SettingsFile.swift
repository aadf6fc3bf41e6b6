import FloydAPI
import FloydModel
import FoundationEssentials

/// What the tool remembers between commands.
struct Settings: Codable, Hashable {
    var host: String?
    var token: String?
    /// The account of the token.
    var user: String?
}

/// The file of the settings in the user's configuration folder (XDG Base Directory Specification), readable by its owner alone.
struct SettingsFile {
    let path: String

    /// - Throws: `FloydError` with `localFile` if the environment names no home.
    init(environment: [String: String]) throws(FloydError) {
        let folder: String
        // A relative path in XDG_CONFIG_HOME is to be ignored.
        if let given = environment["XDG_CONFIG_HOME"], given.hasPrefix("/") {
            folder = given
        } else if let home = environment["HOME"], !home.isEmpty {
            folder = home + "/.config"
        } else {
            throw FloydError(.localFile, "there is no home folder to keep settings in", hint: "Set HOME.")
        }
        path = folder + "/floydlite/config.json"
    }

    func load() throws(FloydError) -> Settings {
        guard let content = try LocalFile.read(path) else { return Settings() }
        do {
            return try JSONDecoder().decode(Settings.self, from: Data(content))
        } catch {
            throw FloydError(
                .localFile,
                "\(path) is damaged",
                hint: "Remove it and log in again with `floydlite login`."
            )
        }
    }

    /// A crash leaves the old settings or the new ones.
    func save(_ settings: Settings) throws(FloydError) {
        try LocalFile.makeFolder(LocalFile.parent(of: path), mode: 0o700)
        do {
            try LocalFile.write([UInt8](MessageCoding.encode(settings, pretty: true)) + [10], to: path, mode: 0o600)
        } catch let error as FloydError {
            throw error
        } catch {
            throw FloydError(.internalError, "the settings could not be encoded: \(error)")
        }
    }
}
