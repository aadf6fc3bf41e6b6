import FloydAPI
import FloydCore
import FloydModel

/// A message that comes as the JSON body of a request.
protocol RequestMessage: Decodable {
    static var shape: MessageShape { get }
}

extension CreateResourceRequest: RequestMessage {
    static var shape: MessageShape { MessageShape(required: ["name": .name], optional: ["public": .boolean]) }
}

extension UpdateResourceRequest: RequestMessage {
    static var shape: MessageShape { MessageShape(required: ["public": .boolean]) }
}

extension CreateTokenRequest: RequestMessage {
    static var shape: MessageShape {
        MessageShape(required: ["name": .tokenName], optional: ["expires_in": .number(in: 1...maximumLife)])
    }
}

extension CreateVersionRequest: RequestMessage {
    static var shape: MessageShape {
        MessageShape(
            optional: ["upload": .id, "job": .reference, "message": .message],
            alternatives: ["upload", "job"]
        )
    }
}

extension SubmitJobRequest: RequestMessage {
    static var shape: MessageShape {
        MessageShape(required: ["project": .name, "code": .id, "command": .command], optional: choices)
    }

    /// What may be said of a job and needn't.
    fileprivate static var choices: [String: FieldShape] {
        let mount = MessageShape(required: ["source": .reference], optional: ["mount": .mount])
        return [
            "environment": .string,
            "instance_type": .string,
            "data": .list(of: .object(mount), atMost: JobBounds.sources),
            "message": .message,
            "max_runtime": .number(in: JobBounds.runtime),
            "retries": .number(in: JobBounds.retries),
        ]
    }
}

extension RestartJobRequest: RequestMessage {
    static var shape: MessageShape {
        let more: [String: FieldShape] = ["project": .name, "command": .command]
        return MessageShape(optional: SubmitJobRequest.choices.merging(more) { $1 })
    }
}

extension StopJobRequest: RequestMessage {
    /// The longest time that may be asked for between SIGTERM and SIGKILL: a day, in seconds.
    static let maximumGrace = 86_400

    static var shape: MessageShape { MessageShape(optional: ["grace": .number(in: 0...maximumGrace)]) }
}

extension FieldShape {
    /// What a person says of a job or a version.
    fileprivate static let message = text(
        TextShape(
            length: 0...TextLimits.message,
            pattern: "^[^\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]*$",
            flaw: { text in Self.flaw { () throws(FloydError) in _ = try TextLimits.message(text) } }
        )
    )
    fileprivate static let tokenName = text(
        TextShape(
            length: 1...TextLimits.maximumTokenName,
            pattern: "^[!-~]([ -~]*[!-~])?$",
            excluded: "^(\(IdentityPattern.id)|\(TextLimits.currentToken))$",
            flaw: { text in Self.flaw { () throws(FloydError) in _ = try TextLimits.tokenName(text) } }
        )
    )
    fileprivate static let command = text(
        TextShape(
            length: 1...TextLimits.command,
            pattern: "^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$",
            flaw: { text in Self.flaw { () throws(FloydError) in _ = try TextLimits.command(text) } }
        )
    )
    fileprivate static let mount = text(
        TextShape(
            length: 1...MountName.maximumLength + 1,
            pattern: "^/?[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$",
            flaw: { text in Self.flaw { () throws(FloydError) in _ = try MountName(text) } }
        )
    )
    /// Any form of `Reference`.
    fileprivate static let reference = text(
        TextShape(
            length: 1...400,
            pattern: Schema.anyReference,
            excluded: IdentityPattern.tooLong,
            flaw: { text in Self.flaw { () throws(FloydError) in _ = try Reference(parsing: text) } }
        )
    )

    private static func flaw(_ check: () throws(FloydError) -> Void) -> String? {
        do throws(FloydError) {
            try check()
            return nil
        } catch {
            return error.message
        }
    }
}
