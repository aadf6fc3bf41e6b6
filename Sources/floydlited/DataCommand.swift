import ArgumentParser
import FloydAPI
import FloydCore
import FloydModel
import Glibc

/// `floydlited data …`
struct DataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "The data of the server.",
        discussion: """
            For the server's administrator, as the user that the server runs as. They work beside the running server and without it; it must have \
            been started once.
            """,
        subcommands: [Import.self, Collect.self, Check.self]
    )

    /// `floydlited data import DIR DATASET`
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a folder of this machine a version of a dataset.",
            discussion: """
                Files are copied, sharing their blocks where the file system can. With --link they become part of the store themselves: that takes neither time nor \
                room, but they are read-only from then on and must not be changed, under whatever name. What .floydignore names is left out.
                """
        )

        @Argument(help: "The folder.")
        var folder: String

        @Argument(help: "USER/datasets/NAME. The dataset is made if it isn't there; the account must be.")
        var dataset: String

        @Flag(help: "Link the files instead of copying them; they are on the data directory's own file system.")
        var link = false

        @Option(name: .shortAndLong, help: "What this version is about.")
        var message: String?

        @OptionGroup
        var options: ServerOptions

        func run() async throws {
            try await reporting {
                let (configuration, data) = try options.loadExisting()
                let administration = try await DataAdministration(data, configuration)
                let version = try await administration.importFolder(
                    folder,
                    to: Reference(parsing: dataset),
                    isLinking: link,
                    message: message
                )
                if link {
                    StandardError.write(
                        "The files in \(folder) are read-only now. Don't change them: they are the dataset.\n"
                    )
                }
                let files = "\(version.files) file\(version.files == 1 ? "" : "s")"
                StandardError.write("\(files), \(Bytes.text(version.size)):\n")
                print(version.name)
            }
        }
    }

    /// `floydlited data gc`
    struct Collect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "gc",
            abstract: "Remove what nothing needs any more.",
            discussion: """
                Uploads whose time is over, trees of deleted versions, and contents that are in no tree. The server does this by itself, every hour and after \
                something was deleted.
                """
        )

        @Flag(help: "Only say what would be removed.")
        var dryRun = false

        @OptionGroup
        var options: ServerOptions

        func run() async throws {
            try await reporting {
                let (configuration, data) = try options.loadExisting()
                let report = try await DataAdministration(data, configuration).collect(isDryRun: dryRun)
                print(
                    """
                    \(dryRun ? "would remove" : "removed") \(report.expiredUploads) unfinished uploads, \(report.trees) trees and \
                    \(report.contents) contents: \(Bytes.text(report.bytes))
                    """
                )
                if report.postponed > 0 {
                    print("left for another time, because uploads were going on without a pause: \(report.postponed)")
                }
            }
        }
    }

    /// `floydlited data fsck`
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "fsck",
            abstract: "Compare database and disk.",
            discussion: """
                Every tree with its manifest, its contents and its folder of links, every content with its hash, and what lies about. The exit status is 1 if \
                something is wrong.
                """
        )

        @Flag(help: "Don't hash contents.")
        var quick = false

        @Flag(
            help:
                "Remove what has no business there, and make folders of links anew. Nothing that a dataset or a job needs is removed."
        )
        var repair = false

        @OptionGroup
        var options: ServerOptions

        func run() async throws {
            try await reporting {
                let (configuration, data) = try options.loadExisting()
                let report = try await DataAdministration(data, configuration).inspect(
                    isQuick: quick,
                    isRepairing: repair,
                    tell: { print($0) }
                )
                print(
                    """
                    \(report.trees) trees, \(report.contents) contents of \(Bytes.text(report.bytes))\
                    \(quick ? ", not hashed" : ""); \(report.unreferenced) that no tree names
                    """
                )
                if report.repairs > 0 { print("put right: \(report.repairs)") }
                print(report.damages == 0 ? "clean" : "wrong: \(report.damages)")
                if report.damages > 0 { throw ExitCode.failure }
            }
        }
    }
}

/// Amounts of bytes for people.
enum Bytes {
    static func text(_ bytes: Int64) -> String {
        let units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"]
        var amount = Double(bytes)
        var unit = 0
        while amount >= 1024, unit < units.count - 1 {
            amount /= 1024
            unit += 1
        }
        let tenths = Int64((amount * 10).rounded())
        return unit == 0 ? "\(bytes) bytes" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
