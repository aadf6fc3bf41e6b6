import FloydModel

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A POSIX extended regular expression (regcomp(3)) that lines are held against, byte by byte: a line needs to be no text.
final class LinePattern {
    private let expression: UnsafeMutablePointer<regex_t>

    /// - Throws: `FloydError` with `invalidRequest` and the reason if `text` is no such expression.
    init(_ text: String) throws(FloydError) {
        expression = try Self.compile(text)
    }

    deinit {
        regfree(expression)
        expression.deallocate()
    }

    /// Whether the expression matches somewhere in `bytes`.
    ///
    /// - Parameters:
    ///   - isStart: whether a line begins with these bytes.
    ///   - isEnd: whether it ends with them.
    func matches(_ bytes: UnsafeBufferPointer<UInt8>, isStart: Bool = true, isEnd: Bool = true) -> Bool {
        // The bounds go in by the match: the bytes have no NUL at their end, and may have some in between.
        var bounds = regmatch_t(rm_so: 0, rm_eo: regoff_t(bytes.count))
        let flags = REG_STARTEND | (isStart ? 0 : REG_NOTBOL) | (isEnd ? 0 : REG_NOTEOL)
        guard let base = bytes.baseAddress else {
            return "".withCString { regexec(expression, $0, 1, &bounds, flags) == 0 }
        }
        return base.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
            regexec(expression, $0, 1, &bounds, flags) == 0
        }
    }

    private static func compile(_ text: String) throws(FloydError) -> UnsafeMutablePointer<regex_t> {
        guard !text.utf8.contains(0) else {
            throw FloydError(.invalidRequest, "the expression has a NUL character")
        }
        let expression = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
        expression.initialize(to: regex_t())
        let code = regcomp(expression, text, REG_EXTENDED | REG_NOSUB)
        guard code != 0 else { return expression }
        let reason = Self.reason(code, expression)
        // What failed to compile is not for regfree.
        expression.deallocate()
        throw FloydError(
            .invalidRequest,
            "\(text.debugDescription) is not a regular expression: \(reason)",
            hint:
                "It is an extended one, as grep -E takes it; a backslash before a special character takes its meaning."
        )
    }

    private static func reason(_ code: Int32, _ expression: UnsafePointer<regex_t>) -> String {
        var buffer = [CChar](repeating: 0, count: 200)
        _ = regerror(code, expression, &buffer, buffer.count)
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.prefix(1).lowercased() + text.dropFirst()
    }
}
