extension JobResponse {
    /// Every key stands in every document, with `null` where there is no value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(name, forKey: .name)
        try container.encode(state, forKey: .state)
        try container.encode(outcome, forKey: .outcome)
        try container.encode(exitCode, forKey: .exitCode)
        try container.encode(signal, forKey: .signal)
        try container.encode(reason, forKey: .reason)
        try container.encode(created, forKey: .created)
        try container.encode(started, forKey: .started)
        try container.encode(finished, forKey: .finished)
        try container.encode(command, forKey: .command)
        try container.encode(environment, forKey: .environment)
        try container.encode(instanceType, forKey: .instanceType)
        try container.encode(message, forKey: .message)
        try container.encode(attempt, forKey: .attempt)
        try container.encode(gpus, forKey: .gpus)
        try container.encode(data, forKey: .data)
        try container.encode(maxRuntime, forKey: .maxRuntime)
        try container.encode(isolation, forKey: .isolation)
        try container.encode(uids, forKey: .uids)
        try container.encode(retries, forKey: .retries)
        try container.encode(duration, forKey: .duration)
        try container.encode(attempts, forKey: .attempts)
        try container.encode(limits, forKey: .limits)
        try container.encode(isPublic, forKey: .isPublic)
        try container.encode(outputDeleted, forKey: .outputDeleted)
    }
}

extension AttemptResponse {
    /// Every key stands in every document, with `null` where there is no value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(number, forKey: .number)
        try container.encode(outcome, forKey: .outcome)
        try container.encode(exitCode, forKey: .exitCode)
        try container.encode(signal, forKey: .signal)
        try container.encode(reason, forKey: .reason)
        try container.encode(claimed, forKey: .claimed)
        try container.encode(started, forKey: .started)
        try container.encode(finished, forKey: .finished)
        try container.encode(duration, forKey: .duration)
        try container.encode(gpus, forKey: .gpus)
    }
}

extension LimitsResponse {
    /// Every key stands in every document, with `null` where there is no value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(memory, forKey: .memory)
        try container.encode(processes, forKey: .processes)
        try container.encode(openFiles, forKey: .openFiles)
        try container.encode(disk, forKey: .disk)
        try container.encode(enforcement, forKey: .enforcement)
    }
}

extension EventResponse {
    /// Every key stands in every document, with `null` where there is no value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(job, forKey: .job)
        try container.encode(name, forKey: .name)
        try container.encode(kind, forKey: .kind)
        try container.encode(attempt, forKey: .attempt)
        try container.encode(state, forKey: .state)
        try container.encode(outcome, forKey: .outcome)
        try container.encode(reason, forKey: .reason)
        try container.encode(at, forKey: .at)
    }
}

extension DatasetVersionResponse {
    enum CodingKeys: String, CodingKey {
        case id, name, state, created, number, size, files, shared, message
        case isPublic = "public"
    }

    /// Every key stands in every document, with `null` where there is no value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(name, forKey: .name)
        try container.encode(state, forKey: .state)
        try container.encode(created, forKey: .created)
        try container.encode(number, forKey: .number)
        try container.encode(size, forKey: .size)
        try container.encode(files, forKey: .files)
        try container.encode(shared, forKey: .shared)
        try container.encode(message, forKey: .message)
        try container.encode(isPublic, forKey: .isPublic)
    }
}
