/// What a namespace holds.
public enum Collection: String, Sendable, Hashable, CaseIterable {
    case projects
    case datasets
}

/// The full name of a project or dataset: `alice/projects/classify-modelnet`.
public struct ResourceName: Sendable, Hashable {
    public var owner: Name
    public var collection: Collection
    public var name: Name

    public init(owner: Name, collection: Collection, name: Name) {
        self.owner = owner
        self.collection = collection
        self.name = name
    }
}

extension ResourceName: CustomStringConvertible {
    public var description: String { "\(owner)/\(collection.rawValue)/\(name)" }
}

/// The full name of a job or dataset version: `alice/projects/classify-modelnet/3`. Numbers count from 1 and are never reused.
public struct NumberedName: Sendable, Hashable {
    public var resource: ResourceName
    public var number: Int

    public init(_ resource: ResourceName, _ number: Int) {
        self.resource = resource
        self.number = number
    }
}

extension NumberedName: CustomStringConvertible {
    public var description: String { "\(resource)/\(number)" }
}
