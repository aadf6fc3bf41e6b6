import FloydAPI
import FloydModel
import FloydTree

extension Problem: DescribedMessage {
    static var schema: Schema {
        .object([
            "type": .string.described("A path that describes problems of this code."),
            "title": .string,
            "status": .integer(from: 400, to: 599),
            "detail": .string.described("What went wrong this time, for people."),
            "code": .string("^[a-z_]+$").described("What decides: it stays, whatever the texts say."),
            "hint": .string.described("What to do about it.").optional,
            "fields": .list(of: .object(["name": .string, "message": .string]))
                .described("The parts of the request that were wrong.").optional,
        ])
    }
}

extension ProblemDescription: DescribedMessage {
    static var schema: Schema {
        .object([
            "code": .string, "title": .string, "status": .integer(from: 400, to: 599), "description": .string,
        ])
    }
}

extension ServerResponse: DescribedMessage {
    static var parts: [any DescribedMessage.Type] { [Resources.self] }

    static var schema: Schema {
        .object([
            "version": .string,
            "isolation": .one(of: ["bubblewrap", "none"]),
            "refusal": .string.described("Why jobs can't run here.").optional,
            "uids": .one(of: ["account", "service"]),
            "total": .message(Resources.self),
            "content_hash": .one(of: HashAlgorithm.allCases.map(\.rawValue))
                .described("By what hash contents are named: a key of manifest lines, and how it is made.").optional,
        ])
    }
}

extension Resources: DescribedMessage {
    static var schema: Schema {
        .object(["cpus": .count, "memory": .count.described("Bytes."), "gpus": .count])
    }
}

extension AccountResponse: DescribedMessage {
    static var schema: Schema {
        .object(["id": .id, "name": .name, "role": .one(of: ["user", "admin"]), "state": .one(of: ["active"])])
    }
}

extension EnvironmentResponse: DescribedMessage {
    static var schema: Schema {
        .object([
            "name": .name, "python": .string, "packages": .list(of: .string),
            "state": .one(of: ["ready", "declared"]), "default": .boolean,
        ])
    }
}

extension InstanceTypeResponse: DescribedMessage {
    static var parts: [any DescribedMessage.Type] { [Resources.self] }

    static var schema: Schema {
        .object([
            "name": .name, "resources": .message(Resources.self),
            "available": .boolean.described("Whether this machine has what it takes."),
        ])
    }
}
