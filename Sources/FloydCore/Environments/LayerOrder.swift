internal import FloydModel
internal import FloydOS
internal import FloydProject
internal import FloydRun

/// What a job wants over its environment, and for whom.
struct LayerOrder: Sendable {
    let requirements: RequirementsFile
    /// The digest of the code's tree.
    let code: [UInt8]
    let account: ObjectID
    /// Whom the account's jobs run as; nil: the service's own user.
    let identity: UserIdentity?
    /// The job's.
    let network: RunSpec.Network
    /// The attempt that may have to build it.
    let run: RunDirectory
}
