import FloydOS
import Glibc

/// Programs on this machine.
package enum Executable {
    /// The program of that name in PATH, or in the folders that only an administrator's PATH has.
    package static func find(_ name: String) -> String? {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        return (path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"])
            .map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// The `uv` that was named, that of PATH, or the one that `deploy/prepare` installs.
    ///
    /// - Throws: `LabError` if the named one is not there.
    package static func uv(given: String?) throws -> String? {
        if let given {
            guard access(given, X_OK) == 0 else { throw LabError("there is no program \(given)") }
            return given
        }
        if let found = find("uv") { return found }
        let data =
            getenv("XDG_DATA_HOME").map { String(cString: $0) }
            ?? getenv("HOME").map { String(cString: $0) + "/.local/share" }
        return data.map { "\($0)/floydlite-uv/bin/uv" }.flatMap { access($0, X_OK) == 0 ? $0 : nil }
    }

    /// This program.
    package static var own: (path: String, folder: String) {
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
package struct Binaries: Sendable {
    package let folder: String

    package var client: String { "\(folder)/floydlite" }
    package var daemon: String { "\(folder)/floydlited" }

    /// - Throws: `LabError` if one is not there.
    package init(folder: String) throws {
        // They are started in other folders than this program's.
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        guard realpath(folder, &path) != nil else { throw SystemError("realpath", path: folder) }
        self.folder = String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let names = ["floydlite", "floydlited", "floydlite-worker", "floydlite-unpack"]
        for name in names where access("\(folder)/\(name)", X_OK) != 0 {
            throw LabError(
                "there is no \(name) in \(folder): build everything with swift build -c release --static-swift-stdlib, or name another --bin"
            )
        }
    }
}
