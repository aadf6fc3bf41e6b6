internal import FloydModel
internal import FloydOS
internal import FloydProject
internal import FloydRun

/// What a job wants over its environment, and for whom.
struct LayerOrder: Sendable {
    let requirements: RequirementsFile
    /// What of the code they are made of; nil: nothing.
    let code: CodePart?
    let account: ObjectID
    /// Whom the account's jobs run as; nil: the service's own user.
    let identity: UserIdentity?
    /// The job's.
    let network: RunSpec.Network
    /// The attempt that may have to build it.
    let run: RunDirectory
}
