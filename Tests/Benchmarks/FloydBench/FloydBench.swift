import ArgumentParser
import FloydLab
import Glibc

/// Measures a release build of Floydlite, and its peers beside it in the same minutes.
///
/// Build everything first, `swift build -c release --static-swift-stdlib`: the numbers are those of the programs in `--bin`.
@main
struct FloydBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "FloydBench",
        abstract: "Measure Floydlite beside task-spooler, tail, nginx and rsync.",
        discussion: """
            Starts servers of its own on loopback, with a folder of their own, and ends them. What one round does, the product \
            and its peers do in turns, so that a noisy machine is noisy for all. A peer that is not installed is left out.
            """
    )

    @Argument(help: "What to measure; everything if left out.")
    var names: [String] = []

    @Flag(help: "List what can be measured.")
    var list = false

    @Option(help: ArgumentHelp("Rounds of each measure instead of its own number.", valueName: "n"))
    var rounds: Int?

    @Option(help: ArgumentHelp("Jobs of submit-1000.", valueName: "n"))
    var jobs = 1000

    @Option(help: ArgumentHelp("How many jobs run at a time, here and in the peer's queue.", valueName: "n"))
    var slots = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    @Option(help: ArgumentHelp("Size of the uploaded file.", valueName: "MiB"))
    var size = 2048

    @Option(help: ArgumentHelp("Where floydlite, floydlited and floydlite-worker are.", valueName: "dir"))
    var bin: String?

    @Option(help: ArgumentHelp("Where the servers' folders are made; a disk.", valueName: "dir"))
    var disk = "/var/tmp"

    @Option(help: ArgumentHelp("The same in memory.", valueName: "dir"))
    var tmpfs = "/dev/shm"

    @Option(help: ArgumentHelp("The uv that builds the jobs' environment.", valueName: "file"))
    var uv: String?

    @Flag(help: "Leave the servers' folders where they are.")
    var keep = false

    func validate() throws {
        if let rounds, rounds < 1 { throw ValidationError("--rounds: at least 1") }
        guard jobs > 0, size > 0 else { throw ValidationError("--jobs and --size: at least 1") }
        for name in names where !Measures.all.contains(where: { $0.name == name }) {
            throw ValidationError("there is no measure \(name): \(Measures.all.map(\.name).joined(separator: ", "))")
        }
    }

    func run() throws {
        let chosen = Measures.all.filter { names.isEmpty ? $0.name != "load" : names.contains($0.name) }
        if list {
            for measure in chosen { Report.show(Columns.line([measure.name, measure.about], widths: [14, 0])) }
            return
        }
        do {
            let bench = try Bench(
                product: Product(
                    binaries: Binaries(folder: try bin ?? Executable.own.folder),
                    uv: try Executable.uv(given: uv)
                ),
                disk: Scratch(in: disk),
                tmpfs: Scratch(in: tmpfs),
                rounds: rounds,
                jobs: jobs,
                uploadSize: Int64(size) << 20,
                slots: slots
            )
            Interruption.watch()
            defer { if !keep { bench.removeFolders() } }
            Report.show(MachineFacts(bench).text)
            for measure in chosen {
                Report.say("\(measure.name): \(measure.about)")
                Report.show(ResultTable(try measure.run(bench)).text)
            }
        } catch {
            Report.say("error: \(error)")
            throw ExitCode.failure
        }
    }
}
