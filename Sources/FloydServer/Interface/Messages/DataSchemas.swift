import FloydAPI
import FloydModel

extension ResourceResponse: DescribedMessage {
    static var schema: Schema {
        .object([
            "id": .id,
            "name": .string.described("The full name: `alice/datasets/modelnet`."),
            "state": .one(of: ["active"]),
            "owner": .name,
            "public": .boolean.described("Whether every account may see it."),
            "created": .time,
        ])
    }
}

extension DatasetVersionResponse: DescribedMessage {
    static var schema: Schema {
        .object([
            "id": .id,
            "name": .string.described("The full name: `alice/datasets/modelnet/1`."),
            "public": .boolean.described("Whether every account may see it."),
            "state": .one(of: ["valid"]),
            "created": .time,
            "number": .integer(from: 1),
            "size": .count.described("Bytes of all files."),
            "files": .count,
            "shared": .count.nullable.described("Bytes of files whose contents the version before had, too."),
            "message": .string.nullable,
        ])
    }
}

extension UploadResponse: DescribedMessage {
    static var parts: [any DescribedMessage.Type] { [ArchiveResponse.self] }

    static var schema: Schema {
        .object([
            "id": .id,
            "state": .one(of: ["receiving", "complete", "committed", "failed"]),
            "length": .count.described("Bytes of the stream."),
            "offset": .count.described("Bytes of it that are durably received."),
            "missing": .count.described("Manifest entries that are to be sent."),
            "files": .count,
            "size": .count,
            "created": .time.described("When it was begun."),
            "expires": .time.described("When an unfinished upload is given up.").optional,
            "archive": .message(ArchiveResponse.self).optional,
        ])
    }
}

extension ArchiveResponse: DescribedMessage {
    static var parts: [any DescribedMessage.Type] { [Problem.self] }

    static var schema: Schema {
        .object([
            "dataset": .name,
            "message": .string.optional,
            "metadata": .string.described("Upload-Metadata as it was sent.").optional,
            "version": .string.described("The version that was made of it.").optional,
            "problem": .message(Problem.self).described("Why there will be none.").optional,
        ])
    }
}

extension VerifyMessage: DescribedMessage {
    static var schemaName: String { "VerifyLine" }

    static var schema: Schema {
        .object([
            "files": .count,
            "bytes": .count,
            "damaged": Schema.object(["path": .string, "reason": .string]).optional,
            "result": Schema.one(of: ["whole", "damaged", "failed"]).described("On the last line alone.").optional,
        ])
    }
}
