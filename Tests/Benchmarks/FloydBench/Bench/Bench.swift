import FloydOS
import Glibc

/// What a measure works with.
struct Bench {
    let binaries: Binaries
    /// nil: the environment of jobs can't be built, and no job runs.
    let uv: String?
    let disk: Scratch
    let tmpfs: Scratch
    let rounds: Int?
    let jobs: Int
    /// Bytes.
    let uploadSize: Int64

    /// How many jobs run at a time, here and in the peer's queue.
    let slots = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    func removeFolders() {
        disk.remove()
        tmpfs.remove()
    }
}

/// Something to measure.
protocol Measure: Sendable {
    var name: String { get }
    /// One line that says what is measured.
    var about: String { get }

    /// - Throws: `BenchError`, `FloydError`, or what the system says.
    func run(_ bench: Bench) throws -> [Row]
}

enum Measures {
    static let all: [any Measure] = [
        Submit(), Start(), SubmitMany(), Line(), Idle(), JobMemory(), Upload(), Ping(),
    ]
}

/// Why a measure could not be taken.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// A folder of this run's own.
struct Scratch {
    let path: String

    init(in parent: String) throws {
        var template = Array("\(parent)/floydbench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp", path: parent) }
        // The users of jobs pass through it to what is theirs.
        path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? parent }
        chmod(path, 0o755)
    }

    /// A new, empty folder in it.
    func folder(_ name: String) throws -> String {
        let folder = "\(path)/\(name)"
        try Folder.removeTree(folder)
        try Folder.create(folder, mode: 0o755)
        return folder
    }

    func remove() {
        do {
            try Folder.removeTree(path)
        } catch {
            Report.say("\(path) could not be removed: \(error)")
        }
    }
}

/// What is said, at once: a long run is watched.
enum Report {
    /// Results, on standard output.
    static func show(_ text: String) {
        write(text + "\n", to: STDOUT_FILENO)
    }

    /// What happens meanwhile, on standard error.
    static func say(_ text: String) {
        write("FloydBench: \(text)\n", to: STDERR_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
