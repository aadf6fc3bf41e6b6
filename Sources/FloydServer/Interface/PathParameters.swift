import FloydCore
import FloydModel

extension Parameter {
    /// What stands in a hole of a path, by its name. A name that isn't here is a flaw of the program, which a test finds.
    static func inPath(_ name: String) -> Parameter? {
        paths[name].map { Parameter(name, $0.0, $0.1, isRequired: true) }
    }

    private static let paths: [String: (String, Schema)] = [
        "job": (
            "A job: its id, `PROJECT/NUMBER`, `USER/PROJECT/NUMBER` or the full name; without a number, the project's latest. "
                + "Slashes in it are written `%2F`.",
            .reference(to: .projects)
        ),
        "version": (
            "A dataset version: its id, `DATASET/NUMBER`, `USER/DATASET/NUMBER` or the full name; without a number, the "
                + "dataset's latest. Slashes in it are written `%2F`.",
            .reference(to: .datasets)
        ),
        "dataset": (
            "A dataset: its id, `NAME`, `USER/NAME` or the full name. Slashes in it are written `%2F`.",
            .reference(to: .datasets)
        ),
        "project": (
            "A project: its id, `NAME`, `USER/NAME` or the full name. Slashes in it are written `%2F`.",
            .reference(to: .projects)
        ),
        "token": (
            "A token's id; `current` is what the request itself shows.",
            .string("^(\(IdentityPattern.id)|\(TextLimits.currentToken))$")
        ),
        "upload": ("An upload's id.", .id),
        "filename": (
            "The archive's name; the version's message if there is no other.", .string("^[^\\u0000/]{1,255}$")
        ),
        "path": (
            "The path of a file as its list has it. It may have any number of segments: its slashes stand as they are.",
            .string("^[^\\u0000/]+(/[^\\u0000/]+)*$")
        ),
        "code": ("The code of a problem.", .string("^[a-z_]{1,64}$")),
    ]
}

/// What identities look like, as regular expressions without anchors.
enum IdentityPattern {
    /// `ObjectID`.
    static let id = "[2-9A-HJ-NP-Za-km-z]{22}"
    /// `Name`, but for its length: behind the digits that it begins with, if any, follows something else.
    static let name = "[0-9]*([A-Za-z]|[0-9][._-])[A-Za-z0-9._-]*"
    /// In anything that is made of names, what is too long for one.
    static let tooLong = "[A-Za-z0-9._-]{\(Name.maximumLength + 1)}"

    /// `NAME`, `USER/NAME` or the full name, with or without a number behind it.
    static func names(in collections: String) -> String {
        "(\(name)/((\(collections))/)?)?\(name)(/[1-9][0-9]{0,17})?"
    }
}

extension Schema {
    /// `ObjectID`.
    static let id = Schema.string("^\(IdentityPattern.id)$")

    /// `Name`.
    static let name = Schema.string("^\(IdentityPattern.name)$", length: 1...Name.maximumLength)
        .excluding("^\(IdentityPattern.id)$")

    /// Of either collection, and of a job's output. What is `IdentityPattern.tooLong` is none all the same.
    static let anyReference =
        "^(\(IdentityPattern.id)|\(IdentityPattern.names(in: "datasets|projects")))(/output)?$"

    /// The forms of `Reference` that mean something without a folder around them.
    static func reference(to collection: FloydModel.Collection) -> Schema {
        .string("^(\(IdentityPattern.id)|\(IdentityPattern.names(in: collection.rawValue)))$")
            .excluding(IdentityPattern.tooLong)
    }
}
