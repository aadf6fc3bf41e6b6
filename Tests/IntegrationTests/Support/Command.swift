import FloydOS
import Foundation
import Glibc
import Testing

/// Whom a process runs as.
enum Actor: String, Sendable, CustomTestStringConvertible {
    /// Who runs the tests.
    case tester
    /// An ordinary user, where root runs the tests.
    case ordinary
    /// Another one.
    case stranger

    /// The uid and gid, which no system of ours gives to anybody; nil: those of the tests.
    var id: uid_t? {
        switch self {
        case .tester: nil
        case .ordinary: 64_123
        case .stranger: 64_124
        }
    }

    var testDescription: String {
        switch self {
        case .tester: geteuid() == 0 ? "root" : "ordinary user"
        case .ordinary: "ordinary user"
        case .stranger: "another user"
        }
    }

    /// Everybody that a server can be tried as here.
    static let all: [Actor] = canBeOrdinary ? [.tester, .ordinary] : [.tester]

    /// Whether the tests are root's and can be several others too.
    static var canBeSeveral: Bool { canBeOrdinary }

    /// Whether this is root, the programs are where others may run them, and the kernel lets others make sandboxes.
    private static let canBeOrdinary: Bool = {
        guard geteuid() == 0 else { return false }
        let words =
            Actor.ordinary.prefix + ["bwrap", "--unshare-all", "--ro-bind", "/", "/", Programs.floydlited, "--version"]
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        let environment = Command.basicEnvironment.map { "\($0.key)=\($0.value)" }
        let command = ProcessCommand(
            words[0],
            arguments: words,
            environment: environment,
            folder: "/",
            descriptors: [nothing, nothing, nothing]
        )
        guard let pid = try? command.spawn() else { return false }
        var status: Int32 = -1
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status == 0
    }()

    var isRoot: Bool { self == .tester && geteuid() == 0 }

    /// The words before a command that make it this one's.
    var prefix: [String] { id.map(Self.prefix) ?? [] }

    /// The words before a command that make it that user's.
    static func prefix(_ id: uid_t) -> [String] {
        ["/usr/bin/setpriv", "--reuid", "\(id)", "--regid", "\(id)", "--clear-groups", "--"]
    }

    /// Makes `path` this one's.
    func own(_ path: String) throws {
        guard let id else { return }
        guard lchown(path, id, id) == 0 else {
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
    /// Programs of the machine that it doesn't find, tried as root.
    var hidden: [String] = []

    /// All words of the process: who it is, what is hidden from it, the program, its arguments.
    var words: [String] {
        var words = actor.prefix
        if !hidden.isEmpty {
            words += ["/usr/bin/bwrap", "--die-with-parent", "--dev-bind", "/", "/"]
            for path in hidden { words += ["--ro-bind", "/dev/null", path] }
            words.append("--")
        }
        return words + [program] + arguments
    }

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
    /// The lines of a log without the time in front of each.
    var texts: [String] {
        lines.compactMap { line in
            line.firstRange(of: " INFO - ").map { String(line[$0.upperBound...]) }
        }
    }
}

extension Outcome: CustomTestStringConvertible {
    var testDescription: String {
        "`\(line)` ended with \(status)\nstdout: \(text)\nstderr: \(errorText)"
    }
}
