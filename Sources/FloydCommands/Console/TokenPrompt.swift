import FloydClient
import FloydModel

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A secret from standard input: asked for without echo at a terminal, else its first line.
///
/// However it ends, the terminal is left as it was found: at Ctrl-C, and where Ctrl-Z stops the process until it is asked again.
struct TokenPrompt {
    var console: Console

    func read() throws(FloydError) -> String {
        guard isatty(STDIN_FILENO) == 1 else { return try Self.text(Self.firstLine()) }
        console.flush()
        while true {
            let typed = ask()
            if typed.contains(Self.interrupt) { throw FloydError(.cancelled, "interrupted") }
            guard typed.contains(Self.suspend) else { return try Self.text(typed) }
            // The whole group, as the terminal does it. Goes on here once it is in the foreground again.
            kill(0, SIGTSTP)
        }
    }

    /// Ctrl-C and Ctrl-Z as the bytes that they are where they raise no signals.
    private static let (interrupt, suspend): (UInt8, UInt8) = (3, 26)

    /// What is typed until Enter, Ctrl-C, Ctrl-Z or Ctrl-D.
    private func ask() -> [UInt8] {
        console.writeToErrors("Token: ")
        var settings = termios()
        tcgetattr(STDIN_FILENO, &settings)
        var silent = settings
        // Without signals too: they would leave the terminal without echo. Instead their bytes end the line, as Enter does (termios(3)).
        silent.c_lflag &= ~tcflag_t(ECHO | ISIG)
        silent.c_lflag |= tcflag_t(ICANON | IEXTEN)
        withUnsafeMutableBytes(of: &silent.c_cc) { bytes in
            bytes[Int(VEOL)] = Self.interrupt
            bytes[Int(VEOL2)] = Self.suspend
        }
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
            console.writeToErrors("\n")
        }
        // One call reads one line; after Ctrl-D, what there is of it.
        var line = [UInt8](repeating: 0, count: Self.limit)
        let count = line.withUnsafeMutableBytes { systemRead(STDIN_FILENO, $0) }
        return Array(line.prefix(max(count, 0)))
    }

    /// Bytes that are read at most.
    private static let limit = 4096

    private static func firstLine() -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < limit {
            var byte: UInt8 = 0
            let count = withUnsafeMutableBytes(of: &byte) { systemRead(STDIN_FILENO, $0) }
            if count <= 0 || byte == UInt8(ascii: "\n") { break }
            bytes.append(byte)
        }
        return bytes
    }

    private static func text(_ bytes: [UInt8]) throws(FloydError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw FloydError(.invalidRequest, "the token on standard input is no text")
        }
        return String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
