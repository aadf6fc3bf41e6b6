internal import FloydAPI
internal import FloydModel
internal import FloydStore
internal import FoundationEssentials

extension Store {
    /// Does a request that may come again, and answers it as the first time if it does.
    ///
    /// The answer is written down in the transaction of `write`, which is where a second request that came at the same time waits for the first. What fails
    /// is not written down: it may be tried again.
    ///
    /// - Parameter write: makes what is asked for, in a transaction that is given what it got.
    func once<Record: Sendable, Message: Codable & SendableMetatype>(
        _ key: RequestKey?,
        as account: Account,
        answering message: @escaping @Sendable (Record) -> Message,
        _ write: (KeyedWrite<Record>?) async throws -> Record
    ) async throws -> Message {
        guard let key else { return message(try await write(nil)) }
        let request = KeyedRequest(key, account)
        do {
            return message(try await write(KeyedWrite(request) { try MessageCoding.encode(message($0)) }))
        } catch let before as AnsweredBefore {
            return try before.message()
        } catch {
            // What was possible the first time needn't be any more: the same answer is due.
            guard let answer = try await requestKeys.answer(to: request) else { throw error }
            return try AnsweredBefore(answer).message()
        }
    }
}

extension KeyedRequest {
    init(_ key: RequestKey, _ account: Account) {
        self.init(account: account.id, key: key.key, now: Date()) { Data(key.fingerprint()) }
    }
}

extension AnsweredBefore {
    fileprivate func message<Message: Decodable>() throws -> Message {
        do {
            return try MessageCoding.decode(from: answer)
        } catch {
            // Another release may have answered then.
            throw Self.unreadable
        }
    }

    /// The id of what was made, where that is all that was written down.
    func id() throws -> ObjectID {
        guard let id = ObjectID(String(decoding: answer, as: UTF8.self)) else { throw Self.unreadable }
        return id
    }

    private static let unreadable = FloydError(
        .conflict,
        "the request was done before, and what was answered can't be read any more",
        hint: "Look at the list of what there is before you send it again with another key."
    )
}
