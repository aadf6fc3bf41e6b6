import FloydLab
import FloydModel

/// What the clients of the data campaign have in common.
struct DataSetting: Sendable {
    let access: ServerAccess
    let dataset: Reference
    /// A finished job, and the files that it left.
    let job: Reference
    let output: [DataFile]
    let ledger = DataLedger()
    let findings: Findings
    let scratch: Scratch
    /// Makes a command of the administrator's, with more in its environment.
    let makeCommand: @Sendable (_ words: [String], _ environment: [String]) -> Command

    func administration(_ words: [String], _ environment: [String] = []) -> Command {
        makeCommand(words, environment)
    }

    /// Notes an error that is more than a server that isn't there.
    func tell(_ error: FloydError) {
        if ["unreachable", "unavailable", "cancelled"].contains(error.code.rawValue) { return }
        findings.add("a request was answered with \(error.code.rawValue): \(error)")
    }
}
