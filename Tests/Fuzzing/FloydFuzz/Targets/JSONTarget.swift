import FloydAPI
import FoundationEssentials

@testable import FloydServer

/// JSON bodies of requests: what is accepted is the same when written anew.
enum JSONTarget {
    static func check(_ input: [UInt8]) {
        let data = Data(input)
        check(try? JSONBody.decode(data, as: SubmitJobRequest.self))
        check(try? JSONBody.decode(data, as: StopJobRequest.self))
        check(try? JSONBody.decode(data, as: CreateVersionRequest.self))
    }

    private static func check<Message: RequestMessage & Encodable & Equatable>(_ message: Message?) {
        guard let message else { return }
        guard let written = try? MessageCoding.encode(message) else {
            return require(false, "what was read can be written")
        }
        require(
            (try? JSONBody.decode(Data(written), as: Message.self)) == message,
            "a message is the same when written anew"
        )
    }
}
