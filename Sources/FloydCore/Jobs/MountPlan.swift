internal import FloydModel
internal import FloydRun
internal import FloydStore

/// Where a job's data stand in its file system.
enum MountPlan {
    /// The most sources one job may have.
    static let maximumSources = 64

    /// The name that a person chose in `SOURCE:MOUNT`, checked: one path component, a leading slash is fine.
    static func validated(_ mount: String, field: String) throws(FloydError) -> String {
        let name = mount.hasPrefix("/") ? String(mount.dropFirst()) : mount
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isPlain, (1...64).contains(name.utf8.count), name.first != "." else {
            throw refusal("a mount is one name of letters, digits, dots, hyphens or underscores", field: field)
        }
        guard !SandboxPath.takenNames.contains(name) else {
            throw refusal("/\(name) is the system's", field: field)
        }
        return name
    }

    private static func refusal(_ message: String, field: String) -> FloydError {
        FloydError(
            .invalidRequest,
            "the mount can't be used: \(message)",
            hint: "Choose another name: --data SOURCE:model appears at /model and /floyd/input/model.",
            fields: [FloydError.Field(name: field, message: message)]
        )
    }

    /// Whether the job has one source, and nobody chose its mount: then it is `/input` too.
    static func isSoleInput(_ inputs: [JobInputRecord]) -> Bool {
        inputs.count == 1 && !inputs[0].isNamed
    }

    /// Where people find the source: the shortest of its paths.
    static func shownPath(_ input: JobInputRecord, among inputs: [JobInputRecord]) -> String {
        if isSoleInput(inputs) { return "/input" }
        return SandboxPath.takenNames.contains(input.mount) ? "/floyd/input/\(input.mount)" : "/\(input.mount)"
    }
}
