import ArgumentParser
import FloydAPI
import FloydClient
import FloydModel

/// The tool `floydlite`: parses a command line, runs the command, tells errors.
public enum CommandLineTool {
    /// Runs the command line of this process and gives its exit status.
    public static func run(_ arguments: [String]) -> Int32 {
        run(arguments, in: .ofProcess())
    }

    static func run(_ arguments: [String], in context: CommandContext) -> Int32 {
        defer { context.console.flush() }
        // Until the command line is understood, its words have to say how errors are wanted.
        var report = ErrorReport(isJSON: arguments.prefix { $0 != "--" }.contains("--json"), console: context.console)
        do {
            var parsed = try FloydliteCommand.parseAsRoot(LogsCommand.tailSpelledOut(Self.commandFirst(arguments)))
            guard let command = parsed as? any FloydCommand else {
                // A group of commands, or the parser's own command `help`: they throw the help that was asked for.
                try parsed.run()
                return ExitStatus.success
            }
            report.isJSON = command.wantsJSON
            do throws(FloydError) {
                return try command.execute(context)
            } catch {
                return report.tell(error)
            }
        } catch {
            return tell(usage: error, with: report, arguments, context.console)
        }
    }

    /// The same line with options that stand before the command behind it: `--json status` is `status --json`. Options of which that
    /// can be told without knowing the command are those that no value follows: `--json`, and `--name=value`.
    static func commandFirst(_ arguments: [String]) -> [String] {
        let options = arguments.prefix { $0 == "--json" || ($0.hasPrefix("--") && $0.contains("=")) }
        guard !options.isEmpty, options.count < arguments.count else { return arguments }
        var rest = Array(arguments.dropFirst(options.count))
        // A group's name belongs to the command's.
        let words = ["data", "token"].contains(rest.first) ? min(2, rest.count) : 1
        rest.insert(contentsOf: options, at: words)
        return rest
    }

    /// Help that was asked for goes to standard output, an error in the command line to standard error.
    private static func tell(
        usage error: any Error,
        with report: ErrorReport,
        _ arguments: [String],
        _ console: Console
    ) -> Int32 {
        guard FloydliteCommand.exitCode(for: error) != .success else {
            console.write(FloydliteCommand.fullMessage(for: error).utf8)
            console.write("\n".utf8)
            return ExitStatus.success
        }
        let words = CommandWords(commandFirst(arguments))
        if let flaw = words.flaw { return report.tell(flaw) }
        let message = FloydliteCommand.message(for: error)
        var hint = words.help
        if arguments.contains("run"), message.hasPrefix("Unknown option") {
            hint = "Put the command in quotes, or `--` before it, if the option is the command's own. \(hint)"
        }
        return report.tell(FloydError(.invalidRequest, message, hint: hint))
    }
}

/// How an error reaches the person or the program that called.
struct ErrorReport {
    var isJSON: Bool
    var console: Console

    /// Puts `error` on standard error and gives the exit status it means.
    func tell(_ error: FloydError) -> Int32 {
        console.flush()
        if isJSON, let document = try? OutputRenderer.encode(Self.problem(error), pretty: false) {
            console.writeToErrors(String(decoding: document, as: UTF8.self))
        } else {
            console.writeToErrors(text(of: error))
        }
        return ExitStatus.of(error)
    }

    /// The document that a server's error is too. What the client found itself has no status of a server's fault: nobody is to look for one there.
    static func problem(_ error: FloydError) -> Problem {
        var problem = Problem(error)
        switch error.code {
        case .localFile, .cancelled: problem.status = 400
        case .notInitialised: problem.status = 404
        case .unreachable: problem.status = 503
        default: return problem
        }
        problem.title = Problem.phrase(of: problem.status)
        return problem
    }

    private func text(of error: FloydError) -> String {
        let style = console.errors.hasColours ? ("\u{1b}[31m", "\u{1b}[0m") : ("", "")
        var text = "floydlite: \(style.0)error:\(style.1) \(TextStyle.printable(error.message))\n"
        for field in error.fields {
            text += "  \(TextStyle.printable(field.name)): \(TextStyle.printable(field.message))\n"
        }
        for line in (error.hint ?? "").split(separator: "\n") { text += "  \(TextStyle.printable(String(line)))\n" }
        return text
    }
}
