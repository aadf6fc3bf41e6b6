public import Glibc

/// A system call that failed.
public struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The call, `open` for example.
    public let operation: String
    public let path: String?
    /// errno(3).
    public let code: Int32

    public init(_ operation: String, path: String? = nil, code: Int32 = errno) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    public var description: String {
        let reason = Self.reason(code)
        guard let path else { return "\(operation): \(reason)" }
        return "\(operation) \(path): \(reason)"
    }

    private static func reason(_ code: Int32) -> String {
        guard let text = strerror(code) else { return "error \(code)" }
        return String(cString: text)
    }
}

/// Calls `body` again while a signal interrupts it (signal(7)), and turns -1 into a `SystemError`.
@inline(__always)
@discardableResult
public func retryingInterrupts<Result: SignedInteger>(
    _ operation: @autoclosure () -> String,
    path: @autoclosure () -> String? = nil,
    _ body: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        if errno != EINTR { throw SystemError(operation(), path: path()) }
    }
}
