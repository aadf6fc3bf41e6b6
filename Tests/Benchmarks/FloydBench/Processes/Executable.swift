import FloydOS
import Glibc

/// Programs on this machine.
enum Executable {
    /// The program of that name in PATH, or in the folders that only an administrator's PATH has.
    static func find(_ name: String) -> String? {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        return (path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"])
            .map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// The `uv` that was named, that of PATH, or the one that `deploy/prepare` installs.
    ///
    /// - Throws: `BenchError` if the named one is not there.
    static func uv(given: String?) throws -> String? {
        if let given {
            guard access(given, X_OK) == 0 else { throw BenchError("there is no program \(given)") }
            return given
        }
        if let found = find("uv") { return found }
        let data =
            getenv("XDG_DATA_HOME").map { String(cString: $0) }
            ?? getenv("HOME").map { String(cString: $0) + "/.local/share" }
        return data.map { "\($0)/floydlite-uv/bin/uv" }.flatMap { access($0, X_OK) == 0 ? $0 : nil }
    }

    /// This program.
    static var own: (path: String, folder: String) {
        get throws {
            var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink("/proc/self/exe", &bytes, bytes.count)
            guard count > 0 else { throw SystemError("readlink", path: "/proc/self/exe") }
            let path = String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return (path, Folder.parent(of: path) ?? "/")
        }
    }
}

/// The programs that are measured.
struct Binaries {
    let folder: String

    var client: String { "\(folder)/floydlite" }
    var daemon: String { "\(folder)/floydlited" }

    /// - Throws: `BenchError` if one is not there.
    init(folder: String) throws {
        self.folder = folder
        for name in ["floydlite", "floydlited", "floydlite-worker"] where access("\(folder)/\(name)", X_OK) != 0 {
            throw BenchError(
                "there is no \(name) in \(folder): build everything with swift build -c release --static-swift-stdlib, or name another --bin"
            )
        }
    }
}
