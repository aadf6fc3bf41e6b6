import ArgumentParser
import FloydModel

/// What the first words of a command line name: a command, or a group of them and then nothing that is known.
struct CommandWords {
    /// The names of the groups and the command: `data`, `clone`.
    private(set) var known: [String] = []
    /// The word that stands where a command's name is to be and is none.
    private(set) var unknown: String?
    /// What could stand there.
    private(set) var candidates: [String] = []

    init(_ arguments: [String], in root: any ParsableCommand.Type = FloydliteCommand.self) {
        var command = root
        for word in arguments {
            let children = command.configuration.subcommands
            // Behind an option only the parser knows what a word is; `help` is the parser's own.
            if children.isEmpty || word.hasPrefix("-") || (known.isEmpty && word == "help") { return }
            guard let child = children.first(where: { $0._commandName == word }) else {
                unknown = word
                candidates = children.map { $0._commandName }
                return
            }
            known.append(word)
            command = child
        }
    }

    /// Where to read on.
    var help: String {
        known.isEmpty ? "See `floydlite --help`." : "See `floydlite help \(known.joined(separator: " "))`."
    }

    /// What is wrong, and what may have been meant, where a command's name is none.
    var flaw: FloydError? {
        guard let unknown else { return nil }
        let nearest = NearestNames.nearest(to: unknown, among: candidates).map { "`\($0)`" }
        return FloydError(
            .invalidRequest,
            "there is no command \((["floydlite"] + known + [unknown]).joined(separator: " "))",
            hint: [NearestNames.question(nearest), help].compactMap(\.self).joined(separator: " ")
        )
    }
}
