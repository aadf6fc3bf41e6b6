import FloydClient
import FloydModel

/// Which server a command speaks to, and as whom.
struct Connection: Hashable {
    var address: ServerAddress
    var token: String?

    /// The environment wins over the settings, and a saved token goes to the server that it is for and to no other.
    static func resolve(_ settings: Settings, _ environment: [String: String]) throws(FloydError) -> Connection {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let saved = try settings.host.map { text throws(FloydError) in try ServerAddress(parsing: text) }
        let given = try value("FLOYDLITE_HOST").map { text throws(FloydError) in try ServerAddress(parsing: text) }
        let address = given ?? saved ?? .standard
        let savedToken = address == saved ?? .standard ? settings.token : nil
        return Connection(address: address, token: value("FLOYDLITE_TOKEN") ?? savedToken)
    }
}
