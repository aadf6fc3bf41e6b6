/// How a person points at a job or at data, in any of the accepted forms:
///
/// | form | means |
/// |---|---|
/// | `eo4LZmQVs9JMwW6xB8hta5` | that id |
/// | `3` | number 3 of the project or dataset at hand |
/// | `modelnet` | the latest of that name, of the asking user |
/// | `modelnet/3` | its number 3 |
/// | `alice/modelnet`, `alice/modelnet/3` | the same of another user |
/// | `alice/datasets/modelnet/1`, `alice/projects/x/3` | the full name |
///
/// Any form of a job may end in `/output`, which is how its results are named as a data source.
public struct Reference: Sendable, Hashable {
    /// What the reference names, before any look-up.
    public enum Target: Sendable, Hashable {
        case id(ObjectID)
        case number(Int)
        /// Without a number the latest one is meant; without an owner, the asking user's.
        case name(owner: Name?, name: Name, number: Int?)
    }

    public var target: Target
    /// The collection, where the full form names it.
    public var collection: Collection?
    /// Whether the reference ends in `/output`.
    public var isOutput: Bool

    public init(_ target: Target, collection: Collection? = nil, isOutput: Bool = false) {
        self.target = target
        self.collection = collection
        self.isOutput = isOutput
    }

    /// - Throws: `FloydError` with `invalidName` if `string` has none of the forms.
    public init(parsing string: String) throws(FloydError) {
        var parts = string.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        collection = nil
        if parts.count >= 3, let named = Collection(rawValue: parts[1]) {
            collection = named
            parts.remove(at: 1)
        }
        // In a full name the part behind the collection is a name, even if it is `output`.
        isOutput = parts.count > (collection == nil ? 1 : 2) && parts.last == "output"
        if isOutput { parts.removeLast() }
        let number = parts.count > 1 ? Self.number(parts[parts.count - 1]) : nil
        switch parts.count {
        case 1:
            if let id = ObjectID(parts[0]) {
                target = .id(id)
            } else if let number = Self.number(parts[0]) {
                target = .number(number)
            } else {
                target = .name(owner: nil, name: try Name(parts[0]), number: nil)
            }
        case 2 where number != nil && collection == nil:
            target = .name(owner: nil, name: try Name(parts[0]), number: number)
        case 2:
            target = .name(owner: try Name(parts[0]), name: try Name(parts[1]), number: nil)
        case 3 where number != nil:
            target = .name(owner: try Name(parts[0]), name: try Name(parts[1]), number: number)
        default:
            throw FloydError(
                .invalidName,
                "\(Name.quoted(string)) names nothing",
                hint: "Give an id, a number, NAME, NAME/NUMBER, USER/NAME/NUMBER or the full name."
            )
        }
    }

    /// The number that `text` spells in decimal, without sign or leading zero.
    private static func number(_ text: String) -> Int? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), text.first != "0" else {
            return nil
        }
        return Int(text)
    }

    /// The reference that a person means inside the folder of `resource`: nothing is its latest, a bare number its number,
    /// and anything else stands for itself.
    public static func completing(_ reference: Reference?, in resource: ResourceName) -> Reference {
        var number: Int?
        if let reference {
            guard case .number(let given) = reference.target else { return reference }
            number = given
        }
        return Reference(
            .name(owner: resource.owner, name: resource.name, number: number),
            collection: resource.collection,
            isOutput: reference?.isOutput ?? false
        )
    }
}

extension Reference: CustomStringConvertible {
    /// The reference as `init(parsing:)` takes it.
    public var description: String {
        var parts: [String]
        switch target {
        case .id(let id):
            parts = [id.string]
        case .number(let number):
            parts = [String(number)]
        case .name(let owner, let name, let number):
            parts = [owner?.string, owner == nil ? nil : collection?.rawValue, name.string, number.map(String.init)]
                .compactMap { $0 }
        }
        if isOutput { parts.append("output") }
        return parts.joined(separator: "/")
    }
}
