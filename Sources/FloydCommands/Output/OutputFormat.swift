import ArgumentParser

/// The forms in which a command shows what it found or made.
enum OutputFormat {
    case table
    case json
}

/// `--json`, which every command that shows or makes something takes.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print one JSON document on standard output.")
    var json = false

    var format: OutputFormat { json ? .json : .table }
}
