import FloydLab
import Glibc

/// Where a campaign takes place: what is common to all of them.
struct Stage {
    let options: CampaignOptions
    let product: Product
    let scratch: Scratch
    let findings = Findings()
    let seed: UInt64
    /// On the command line or in the environment of every process of a job.
    let marker: String

    init(_ options: CampaignOptions) throws {
        self.options = options
        product = Product(
            binaries: try Binaries(folder: try options.bin ?? Executable.own.folder),
            uv: try Executable.uv(given: options.uv)
        )
        scratch = try Scratch(in: options.disk)
        seed = options.seed ?? UInt64.random(in: 0...UInt64(UInt32.max))
        marker = "floydcampaign-\(getpid())"
    }

    /// Runs one campaign on a stage of its own.
    ///
    /// - Parameter body: gives the lines of the summary.
    /// - Throws: `ExitCode` of a failure if something was found.
    static func play(_ name: String, _ options: CampaignOptions, _ body: (Stage) throws -> [String]) throws {
        let stage: Stage
        do {
            stage = try Stage(options)
        } catch {
            throw CampaignFailure("\(error)")
        }
        Interruption.watch()
        Report.say("\(name): seed \(stage.seed), folder \(stage.scratch.path)")
        var failure: CampaignFailure?
        do {
            for line in try body(stage) { Report.show(line) }
        } catch {
            failure = CampaignFailure("\(error)")
        }
        stage.close(name, hasFailed: failure != nil)
        if let failure { throw failure }
        if stage.findings.count > 0 { throw CampaignFailure("\(stage.findings.count) violations") }
    }

    private func close(_ name: String, hasFailed: Bool) {
        if findings.count > 0 {
            Report.show("\(findings.count) violations:")
            for text in findings.all { Report.show("  \(text)") }
            Report.show("to repeat: FloydCampaign \(name) \(options.repetition(of: seed))")
        } else if !hasFailed {
            Report.show("0 violations")
        }
        if options.keep || hasFailed && !Interruption.isRequested || findings.count > 0 {
            Report.show("kept: \(scratch.path)")
        } else {
            scratch.remove()
        }
    }
}

/// Why a campaign ends with a failure.
struct CampaignFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
