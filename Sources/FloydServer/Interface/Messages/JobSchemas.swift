import FloydAPI
import FloydModel

extension JobResponse: DescribedMessage {
    static var parts: [any DescribedMessage.Type] { [AttemptResponse.self, LimitsResponse.self] }

    static var schema: Schema {
        .object([
            "id": .id,
            "name": .string.described("The full name: `alice/projects/classify/3`."),
            "public": .boolean.nullable.described(
                "Whether every account may see it; null in what older servers answer."
            ),
            "state": .cases(of: JobState.self),
            "outcome": .cases(of: JobOutcome.self).nullable.described("Why it ended."),
            "exit_code": .integer.nullable.described("128 + n for signal n."),
            "signal": .integer.nullable,
            "reason": .string.nullable.described("Why it waits, or why it ended, for people."),
            "created": .time,
            "started": .time.nullable,
            "finished": .time.nullable,
            "command": .string,
            "environment": .string,
            "instance_type": .string,
            "message": .string.nullable,
            "attempt": .count.described("0 before the first claim."),
            "gpus": .list(of: .count),
            "data": .list(
                of: .object(["source": .string, "id": .id, "path": .string.described("The path inside the job.")])
            ),
            "max_runtime": .integer(from: 1).nullable.described("Seconds."),
            "isolation": .one(of: ["bubblewrap", "none"]),
            "uids": .one(of: ["account", "service"]).nullable.described("Whose uid it runs under."),
            "retries": .count,
            "duration": .number.nullable.described("Seconds that the latest attempt ran or has run."),
            "attempts": .list(of: .message(AttemptResponse.self)).described("The first one first."),
            "limits": .message(LimitsResponse.self).nullable,
            "output_deleted": .time.nullable.described("When what it left was deleted, and it was not."),
        ])
    }
}

/// What `stop` of a whole project answers: all jobs that it stopped.
enum StoppedJobs: DescribedMessage {
    static var parts: [any DescribedMessage.Type] { [JobResponse.self] }
    static var schema: Schema { .object(["items": .list(of: .message(JobResponse.self))]) }
}

extension AttemptResponse: DescribedMessage {
    static var schema: Schema {
        .object([
            "number": .integer(from: 1),
            "outcome": .cases(of: JobOutcome.self).nullable,
            "exit_code": .integer.nullable,
            "signal": .integer.nullable,
            "reason": .string.nullable,
            "claimed": .time.described("When it was taken from the queue."),
            "started": .time.nullable,
            "finished": .time.nullable,
            "duration": .number.nullable,
            "gpus": .list(of: .count),
        ])
    }
}

extension LimitsResponse: DescribedMessage {
    static var schema: Schema {
        .object([
            "memory": .count.nullable.described("Bytes of all processes together."),
            "processes": .count.nullable,
            "open_files": .count.nullable,
            "disk": .count.nullable.described("Bytes of its code folder, /output and /tmp together."),
            "enforcement": .string,
        ])
    }
}

extension EventResponse: DescribedMessage {
    static var schemaName: String { "Move" }

    static var schema: Schema {
        .object([
            "id": .count.described("Grows with every move of any job."),
            "job": .id,
            "name": .string,
            "kind": .cases(of: JobEventKind.self).nullable.described(
                "`move`, or what of the job was deleted; null in what older servers answer."
            ),
            "attempt": .count,
            "state": .cases(of: JobState.self),
            "outcome": .cases(of: JobOutcome.self).nullable,
            "reason": .string.nullable,
            "at": .time,
        ])
    }
}

extension OutputResponse: DescribedMessage {
    static var schema: Schema {
        .object([
            "id": .id,
            "name": .string,
            "state": .cases(of: JobState.self),
            "files": .list(
                of: .object([
                    "path": .string, "type": .one(of: ["file", "dir", "link"]), "size": .count, "modified": .time,
                ])
            ),
            "skipped": .list(of: .object(["path": .string, "reason": .string])).described(
                "What can't be served, and why."
            ),
            "next": .string.described("Given back as `cursor` it brings the next page; absent on the last.").optional,
        ])
    }
}

extension LogRecordMessage: DescribedMessage {
    static var schemaName: String { "LogRecord" }

    static var schema: Schema {
        .object([
            "time": .string.described("RFC 3339, to the nanosecond."),
            "stream": .one(of: ["stdout", "stderr", "system"]),
            "partial": .boolean.described("Whether the line goes on in the next record of this stream."),
            "text": .string.described("The bytes, where they are UTF-8.").optional,
            "base64": .string.described("The bytes otherwise.").optional,
            "missing": .count.described("How many bytes of the log weren't kept there.").optional,
        ])
    }
}
