internal import FloydModel

extension ServerConfiguration.LocalSocketSettings {
    init?(_ value: YAMLValue) throws(FloydError) {
        let keys = try value.mapping(keys: ["path", "users"])
        guard let place = keys["path"] else {
            if let users = keys["users"] {
                throw users.error(
                    "local_socket.path is missing",
                    hint: "Say where the socket is: path: /run/floydlite/floydlited.sock"
                )
            }
            return nil
        }
        path = try place.socketPath()
        for (user, account) in try keys["users"]?.mapping() ?? [:] {
            do throws(FloydError) {
                users[user] = try Name(try account.string())
            } catch {
                throw account.error(error.message, hint: error.hint)
            }
        }
    }
}

extension TrustedProxies {
    init(_ value: YAMLValue) throws(FloydError) {
        self.init()
        for item in try value.list() {
            let text = try item.string()
            if text == "unix" {
                includesUnixSockets = true
            } else if let range = AddressRange(text) {
                addresses.append(range)
            } else {
                throw item.error(
                    "\(text) is no address",
                    hint: "Write 127.0.0.1, \"::1\", 10.0.0.0/8 with nothing set behind the slash's bits, or unix."
                )
            }
        }
    }
}

extension ServerConfiguration.AccessLogPlace {
    init(_ value: YAMLValue) throws(FloydError) {
        switch try value.string() {
        // Where the file says off without quotes, some would have it mean false.
        case "off", "false", "no": self = .off
        case "stderr": self = .standardError
        case let path where path.hasPrefix("/") && !path.hasSuffix("/") && !path.utf8.contains(0): self = .file(path)
        case let text:
            throw value.error(
                "\(text) is no place for a log",
                hint: "Write off, stderr, or a file's absolute path."
            )
        }
    }
}

extension ServerConfiguration.MetricsSettings {
    init?(_ value: YAMLValue) throws(FloydError) {
        guard let place = try value.mapping(keys: ["listen"])["listen"] else { return nil }
        listen = try place.string()
    }
}

extension YAMLValue {
    /// unix(7) has room for 107 bytes and a NUL.
    fileprivate func socketPath() throws(FloydError) -> String {
        let path = try string()
        guard path.hasPrefix("/"), !path.hasSuffix("/"), path.utf8.count <= 107, !path.utf8.contains(0) else {
            throw error("\(path) is no path for a socket", hint: "Write an absolute one of at most 107 bytes.")
        }
        return path
    }
}
