import Foundation
import Glibc
import Testing

/// Whom a process runs as.
enum Actor: String, Sendable, CustomTestStringConvertible {
    /// Who runs the tests.
    case tester
    /// An ordinary user, where root runs the tests.
    case ordinary

    /// No system of ours has a user of that uid.
    static let ordinaryID: uid_t = 64_123

    var testDescription: String {
        self == .tester && geteuid() == 0 ? "root" : "ordinary user"
    }

    /// Everybody that a server can be tried as here.
    static var all: [Actor] {
        geteuid() == 0 ? [.tester, .ordinary] : [.tester]
    }

    var isRoot: Bool { self == .tester && geteuid() == 0 }

    /// The words before a command that make it this one's.
    var prefix: [String] {
        switch self {
        case .tester: []
        case .ordinary:
            [
                "/usr/bin/setpriv", "--reuid", "\(Self.ordinaryID)", "--regid", "\(Self.ordinaryID)", "--clear-groups",
                "--",
            ]
        }
    }

    /// Makes `path` this one's.
    func own(_ path: String) throws {
        guard self == .ordinary else { return }
        guard lchown(path, Self.ordinaryID, Self.ordinaryID) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
    }
}

/// A program to run.
struct Command: Sendable {
    var program: String
    var arguments: [String] = []
    /// All that it finds in its environment.
    var environment: [String: String] = [:]
    var folder = "/"
    /// What stands on its standard input, no more than a pipe holds; nil: nothing.
    var input: [UInt8]?
    var actor = Actor.tester

    /// What every program here needs to find.
    static let basicEnvironment: [String: String] = {
        var basic = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"]
        if let libraries = ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"] {
            basic["LD_LIBRARY_PATH"] = libraries
        }
        return basic
    }()

    /// The words, as somebody would type them.
    var line: String { ([program] + arguments).joined(separator: " ") }

    func start() async throws -> Child {
        try await Child.start(self)
    }

    /// Runs the program to its end.
    func run(within limit: Duration = .seconds(60)) async throws -> Outcome {
        let child = try await start()
        do {
            return try await child.outcome(within: limit)
        } catch {
            child.signal(SIGKILL)
            throw error
        }
    }
}

/// How a program ended and what it said.
struct Outcome: Sendable {
    var line: String
    /// The exit code; 128 + n for signal n.
    var status: Int32
    var output: [UInt8]
    var errors: [UInt8]

    var text: String { String(decoding: output, as: UTF8.self) }
    var errorText: String { String(decoding: errors, as: UTF8.self) }
    var lines: [String] { text.split(separator: "\n").map(String.init) }
}

extension Outcome: CustomTestStringConvertible {
    var testDescription: String {
        "`\(line)` ended with \(status)\nstdout: \(text)\nstderr: \(errorText)"
    }
}
