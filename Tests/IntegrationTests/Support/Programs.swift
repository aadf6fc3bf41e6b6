import Foundation
import Glibc

/// Where the programs are that are put to the test.
enum Programs {
    static let floydlite = beside("floydlite")
    static let floydlited = beside("floydlited")

    /// The installer of environments.
    static let uv: String? = {
        let environment = ProcessInfo.processInfo.environment
        let candidates =
            [environment["FLOYDLITE_TEST_UV"]].compactMap { $0 }
            + (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/uv" }
            + [(environment["HOME"] ?? "") + "/.local/share/floydlite-uv/bin/uv"]
        return candidates.first { access($0, X_OK) == 0 }
    }()

    /// The folder of the running test bundle: the build puts all its products there.
    private static func beside(_ name: String) -> String {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return bundle.split(separator: "/").dropLast().reduce(into: "") { $0 += "/\($1)" } + "/\(name)"
    }
}
