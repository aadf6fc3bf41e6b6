import FloydClient
import FloydModel

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A secret from standard input: asked for without echo at a terminal, else its first line.
struct TokenPrompt {
    var console: Console

    func read() throws(FloydError) -> String {
        guard isatty(STDIN_FILENO) == 1 else { return try line() }
        console.flush()
        console.writeToErrors("Token: ")
        var settings = termios()
        tcgetattr(STDIN_FILENO, &settings)
        var silent = settings
        // Without signals too: Ctrl-C would leave the terminal without echo. It arrives as a byte and is heeded below.
        silent.c_lflag &= ~tcflag_t(ECHO | ISIG)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
            console.writeToErrors("\n")
        }
        let text = try line()
        guard !text.utf8.contains(3) else { throw FloydError(.cancelled, "interrupted") }
        return text
    }

    private func line() throws(FloydError) -> String {
        var bytes: [UInt8] = []
        while bytes.count < 4096 {
            var byte: UInt8 = 0
            let count = withUnsafeMutableBytes(of: &byte) { systemRead(STDIN_FILENO, $0) }
            if count <= 0 || byte == UInt8(ascii: "\n") { break }
            bytes.append(byte)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw FloydError(.invalidRequest, "the token on standard input is no text")
        }
        return String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
