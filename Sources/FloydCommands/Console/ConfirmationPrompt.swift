#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Asks the person at the terminal a question that only `y` or `yes` answers with yes.
struct ConfirmationPrompt {
    var console: Console

    /// nil where standard input is no terminal.
    func ask(_ question: String) -> Bool? {
        guard isatty(STDIN_FILENO) == 1 else { return nil }
        console.flush()
        console.writeToErrors("\(question) [y/N] ")
        let answer = (readLine() ?? "").lowercased()
        return ["y", "yes"].contains(answer.split(separator: " ").joined())
    }
}
