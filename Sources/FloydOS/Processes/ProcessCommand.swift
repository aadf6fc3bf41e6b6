internal import CFloydLinux
public import Glibc

/// A program to start: as a value, so that it can be built, compared and tested before anything happens.
public struct ProcessCommand: Sendable, Hashable {
    /// A path; no search along PATH.
    public var program: String
    /// The first one is the program's name for itself.
    public var arguments: [String]
    /// `NAME=value`; nothing is inherited.
    public var environment: [String]
    /// The working directory.
    public var folder: String?
    /// What the program has as descriptors 0, 1, 2, …; it inherits no other.
    public var descriptors: [Int32]
    public var umask: mode_t = 0o077
    /// Whether it leads a session of its own (setsid(2)).
    public var startsSession = false
    /// Whether it is killed when the calling thread ends (PR_SET_PDEATHSIG).
    public var diesWithParent = false

    public init(
        _ program: String,
        arguments: [String],
        environment: [String] = [],
        folder: String? = nil,
        descriptors: [Int32]
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.folder = folder
        self.descriptors = descriptors
    }

    /// Starts the program as a child, which the caller must wait for, and returns its pid once it has been executed.
    ///
    /// All signals are at their defaults in it and none is blocked. After an error nothing is left of it.
    public func spawn() throws(SpawnError) -> pid_t {
        try spawn(detached: false)
    }

    /// Starts the program as nobody's child: whoever adopts orphans (init, as a rule) will wait for it.
    public func spawnDetached() throws(SpawnError) -> pid_t {
        try spawn(detached: true)
    }

    private func spawn(detached: Bool) throws(SpawnError) -> pid_t {
        guard !(arguments + environment + [program]).contains(where: { $0.utf8.contains(0) }) else {
            throw SpawnError(step: .execution, program: program, code: EINVAL)
        }
        var pid: Int32 = 0
        var step: Int32 = 0
        let code = withCStrings(arguments) { arguments in
            withCStrings(environment) { environment in
                program.withCString { program in
                    descriptors.withUnsafeBufferPointer { descriptors in
                        withOptionalCString(folder) { folder in
                            var command = floyd_spawn()
                            command.program = program
                            command.arguments = arguments
                            command.environment = environment
                            command.folder = folder
                            command.descriptors = descriptors.baseAddress
                            command.descriptor_count = Int32(descriptors.count)
                            command.umask = umask
                            command.new_session = startsSession ? 1 : 0
                            command.dies_with_parent = diesWithParent ? 1 : 0
                            command.detached = detached ? 1 : 0
                            return floyd_spawn(&command, &pid, &step)
                        }
                    }
                }
            }
        }
        guard code == 0 else {
            throw SpawnError(step: SpawnError.Step(rawValue: step) ?? .execution, program: program, code: code)
        }
        return pid
    }
}

/// Why a program was not started.
public struct SpawnError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Step: Int32, Sendable {
        // In the order of `enum floyd_spawn_step`.
        case clone, session, folder, descriptors, execution
    }

    public let step: Step
    public let program: String
    /// errno(3).
    public let code: Int32

    public var description: String {
        let error =
            switch step {
            case .clone: SystemError("fork", code: code)
            case .session: SystemError("setsid", code: code)
            case .folder: SystemError("chdir", code: code)
            case .descriptors: SystemError("dup2", code: code)
            case .execution: SystemError("execve", path: program, code: code)
            }
        return error.description
    }
}

/// Calls `body` with `strings` as C has them: a list of pointers that ends with NULL.
private func withCStrings<Result>(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var storage: [CChar] = []
    var offsets: [Int] = []
    for string in strings {
        offsets.append(storage.count)
        storage.append(contentsOf: string.utf8CString)
    }
    return storage.withUnsafeMutableBufferPointer { storage in
        var pointers = offsets.map { offset in storage.baseAddress.map { $0 + offset } }
        pointers.append(nil)
        return pointers.withUnsafeBufferPointer { pointers in
            guard let first = pointers.baseAddress else { preconditionFailure("the list holds at least its end") }
            return body(first)
        }
    }
}

private func withOptionalCString<Result>(_ string: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let string else { return body(nil) }
    return string.withCString { body($0) }
}
