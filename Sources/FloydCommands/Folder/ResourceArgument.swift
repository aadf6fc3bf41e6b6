import FloydAPI
import FloydClient
import FloydModel

/// The name that `init` takes: `NAME`, `USER/NAME` or the full `USER/projects/NAME`.
struct ResourceArgument {
    var owner: Name?
    var name: Name

    init(parsing text: String, in collection: FloydModel.Collection) throws(FloydError) {
        let reference = try Reference(parsing: text)
        guard case .name(let owner, let name, nil) = reference.target, !reference.isOutput,
            (reference.collection ?? collection) == collection
        else {
            throw FloydError(
                .invalidName,
                "\(text) is not the name of a \(collection == .projects ? "project" : "dataset")",
                hint: "Give NAME, USER/NAME or USER/\(collection.rawValue)/NAME."
            )
        }
        self.owner = owner
        self.name = name
    }

    /// - Throws: `FloydError` with `forbidden` if the name is in somebody else's namespace.
    func checkOwner(with client: FloydClient) throws(FloydError) {
        guard let owner else { return }
        let account = try client.account()
        guard owner == account.name else {
            throw FloydError(
                .forbidden,
                "you are \(account.name) and can't make \(owner)/\(name)",
                hint: "Leave out the user: \(name)."
            )
        }
    }
}
