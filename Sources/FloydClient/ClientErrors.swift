import FloydAPI
public import FloydModel
import FoundationEssentials

extension FloydError.Code {
    /// The person at the keyboard gave up.
    public static let cancelled = Self(rawValue: "cancelled")
}

extension FloydClient {
    /// `failure` as a person is to read it.
    func error(_ failure: TransportFailure) -> FloydError {
        switch failure {
        case .unreachable(let text), .refused(let text), .unanswered(let text):
            FloydError(
                .unreachable,
                "no answer from \(address): \(text)",
                hint: "Is floydlited running there? Start it, or name another server with `floydlite login --host`."
            )
        case .broken(let text):
            FloydError(
                .unreachable,
                "the connection to \(address) broke: \(text)",
                hint: "Is floydlited still running there? Try again."
            )
        case .local(let error), .busy(let error, _):
            error
        case .cancelled:
            FloydError(.cancelled, "interrupted")
        }
    }

    /// What the server's answer with a status that is no success says.
    func refusal(_ head: TransportHead, _ body: [UInt8], of request: TransportRequest) -> FloydError {
        if let problem = try? MessageCoding.decode(Problem.self, from: Data(body)) {
            var error = problem.error
            if error.code == .unauthenticated, error.hint == nil { error.hint = Self.loginHint }
            return error
        }
        if let secure = address.encrypted(by: head, to: request.path) { return wantsEncryption(at: secure) }
        switch head.status {
        case 401:
            return FloydError(.unauthenticated, "\(address) wants a login", hint: Self.loginHint)
        // HEAD has no body to say it in.
        case 404 where request.method == "HEAD": return FloydError(.notFound, "there is no \(request.path)")
        case 410 where request.method == "HEAD": return FloydError(.gone, "\(request.path) has expired")
        case _ where head.isNotReady:
            return FloydError(
                .unavailable,
                "\(address) answered with status \(head.status): the server behind it is not ready",
                hint: "Try again in a moment."
            )
        default:
            return FloydError(
                .protocolViolation,
                "\(address) answered \(request.method) \(request.path) with status \(head.status), and not as floydlited does",
                hint: "Is there another program at this address?"
            )
        }
    }

    private func wantsEncryption(at secure: ServerAddress) -> FloydError {
        var hint = "Log in there: `floydlite login --host \(secure)`."
        if token != nil, !address.isLocal {
            hint +=
                " The token has just been sent unencrypted: if that was over a network, make another"
                + " (`floydlite token create`) and revoke this one (`floydlite token revoke`)."
        }
        return FloydError(.protocolViolation, "the server at \(address) wants https: \(secure)", hint: hint)
    }

    static let loginHint = "Log in with `floydlite login`."
}
