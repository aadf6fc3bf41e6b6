import FloydAPI

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
        MessageShape(required: ["name": .string], optional: ["expires_in": .number(in: 1...maximumLife)])
    }
}

extension CreateVersionRequest: RequestMessage {
    static var shape: MessageShape { MessageShape(optional: ["upload": .id, "job": .string, "message": .string]) }
}

extension SubmitJobRequest: RequestMessage {
    static var shape: MessageShape {
        let mount = MessageShape(required: ["source": .string], optional: ["mount": .string])
        return MessageShape(
            required: ["project": .name, "code": .id, "command": .string],
            optional: [
                "environment": .string,
                "instance_type": .string,
                "data": .list(of: .object(mount)),
                "message": .string,
                "max_runtime": .integer,
                "retries": .integer,
            ]
        )
    }
}

extension StopJobRequest: RequestMessage {
    /// The longest time that may be asked for between SIGTERM and SIGKILL: a day, in seconds.
    static let maximumGrace = 86_400

    static var shape: MessageShape { MessageShape(optional: ["grace": .number(in: 0...maximumGrace)]) }
}
