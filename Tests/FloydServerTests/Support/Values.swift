import FloydAPI
import FloydCore
import FloydModel
import Foundation

extension Date {
    /// 2026-11-22T12:00:00Z
    static let fixed = Date(timeIntervalSince1970: 1_795_348_800)
}

extension ObjectID {
    static let fixed = ObjectID("eo4LZmQVs9JMwW6xB8hta5") ?? ObjectID()
}

extension Account {
    static func test(_ name: String, _ role: Role = .user) -> Account {
        guard let name = try? Name(name) else { preconditionFailure("not a name: \(name)") }
        return Account(id: ObjectID(), name: name, role: role)
    }
}

extension JobResponse {
    static func test(
        _ state: JobState = .running,
        outcome: JobOutcome? = nil,
        id: ObjectID = .fixed,
        name: String = "alice/projects/classify-modelnet/3",
        command: String = "python main.py",
        reason: String? = nil,
        message: String? = nil
    ) -> JobResponse {
        JobResponse(
            id: id,
            name: name,
            state: state,
            outcome: outcome,
            exitCode: outcome.map { $0 == .success ? 0 : 1 },
            signal: nil,
            reason: reason,
            created: .fixed,
            started: state == .queued ? nil : .fixed + 4,
            finished: state == .finished ? .fixed + 200 : nil,
            command: command,
            environment: "keras",
            instanceType: "gpu",
            message: message,
            attempt: state == .queued ? 0 : 1,
            gpus: state == .queued ? [] : [0],
            data: [],
            maxRuntime: nil,
            isolation: "bubblewrap"
        )
    }
}

extension LogRecordMessage {
    static func test(_ text: String, _ stream: String = "stdout", partial: Bool = false) -> LogRecordMessage {
        .test(bytes: Array(text.utf8), stream, partial: partial)
    }

    static func test(bytes: [UInt8], _ stream: String = "stdout", partial: Bool = false) -> LogRecordMessage {
        LogRecordMessage(
            time: "2026-11-22T12:00:00.123456789Z",
            stream: stream,
            partial: partial,
            bytes: Data(bytes)
        )
    }
}

extension AttemptResponse {
    static func test(_ number: Int) -> AttemptResponse {
        AttemptResponse(number: number, claimed: .fixed)
    }
}

extension LogStreamEvent {
    static func log(_ records: [LogRecordMessage], offset: Int64) -> LogStreamEvent {
        .log(Broadcast(records), position: LogPosition(attempt: 1, offset: offset))
    }

    static func attempt(_ number: Int, offset: Int64 = 0) -> LogStreamEvent {
        .attempt(.test(number), position: LogPosition(attempt: number, offset: offset))
    }

    static func job(_ job: JobResponse) -> LogStreamEvent { .job(Broadcast(job)) }
    static func end(_ job: JobResponse) -> LogStreamEvent { .end(Broadcast(job)) }
}
