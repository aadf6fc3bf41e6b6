internal import FloydModel
internal import FloydStore

/// Where a job's data stand in its file system.
enum MountPlan {
    /// The name that a person chose in `SOURCE:MOUNT`, checked.
    ///
    /// - Parameter field: what the request calls it.
    static func validated(_ mount: String, field: String) throws(FloydError) -> String {
        do {
            return try MountName(mount).string
        } catch {
            var refusal = error
            refusal.fields = [FloydError.Field(name: field, message: error.message)]
            throw refusal
        }
    }

    /// Whether the job has one source, and nobody chose its mount: then it is `/input` too.
    static func isSoleInput(_ inputs: [JobInputRecord]) -> Bool {
        inputs.count == 1 && !inputs[0].isNamed
    }

    /// Where people find the source: the shortest of its paths.
    static func shownPath(_ input: JobInputRecord, among inputs: [JobInputRecord]) -> String {
        if isSoleInput(inputs) { return "/input" }
        return MountName.taken.contains(input.mount) ? "/floyd/input/\(input.mount)" : "/\(input.mount)"
    }
}
