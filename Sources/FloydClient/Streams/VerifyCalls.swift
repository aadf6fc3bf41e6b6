public import FloydAPI
public import FloydModel
import FoundationEssentials

extension FloydClient {
    /// Has the server hash all files of the version again, and gives `receive` each line of its answer as it comes.
    ///
    /// - Returns: the last line, which has the result.
    /// - Throws: `FloydError` with `unreachable` where the answer broke off, or what `receive` throws.
    public func verify(
        _ version: Reference,
        receive: (VerifyMessage) throws(FloydError) -> Void
    ) throws(FloydError) -> VerifyMessage {
        var pending: [UInt8] = []
        var last: VerifyMessage?
        do throws(TransportFailure) {
            let path = APIPath.verification(of: version)
            _ = try attempt(TransportRequest("POST", path)) { bytes throws(FloydError) in
                pending.append(contentsOf: bytes)
                while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                    let message = try Self.message(pending[..<end])
                    pending.removeSubrange(...end)
                    if message.result != nil { last = message }
                    try receive(message)
                }
            }
        } catch {
            throw self.error(error)
        }
        guard let last else { throw FloydError(.unreachable, "the server ended before it had looked at everything") }
        return last
    }

    private static func message(_ line: ArraySlice<UInt8>) throws(FloydError) -> VerifyMessage {
        do {
            return try MessageCoding.decode(VerifyMessage.self, from: Data(line))
        } catch {
            throw FloydError(.protocolViolation, "a line of the server's answer can't be understood: \(error)")
        }
    }
}
