import FloydModel
import FloydOS
import FloydRun
import Glibc
import Testing

@testable import FloydExecutor

/// Run directories as the workers of all releases left them (`Fixtures/VERSION/CASE`): whatever the daemon's version, it understands them.
///
/// The cases: `success`, `failed` with code 3, `stopped` in order, and `running`, whose worker was killed in the middle.
@Suite struct ReleaseFixtureTests {
    struct Release: Sendable, CustomTestStringConvertible {
        var version: String
        var testDescription: String { version }
    }

    private static let folder =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        + "/Fixtures"

    static let releases = ((try? Folder.names(in: folder)) ?? []).map(Release.init)

    /// A copy of a fixture, gone at the end of the test.
    private final class Copy {
        let run: RunDirectory
        let executor = LocalExecutor(workerProgram: "/nonexistent")

        init(_ release: Release, _ name: String) throws {
            var template = Array("/tmp/floyd-fixture-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp") }
            run = RunDirectory(String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self))
            let source = "\(ReleaseFixtureTests.folder)/\(release.version)/\(name)"
            for file in try Folder.names(in: source) {
                let bytes = try #require(try DurableFile.read("\(source)/\(file)"))
                try DurableFile.write(bytes, to: "\(run.path)/\(file)")
            }
        }

        deinit {
            try? Folder.removeTree(run.path)
        }

        func evidence() throws -> RunEvidence { try executor.evidence(of: run) }

        /// What the command printed, newlines included.
        func output(_ stream: LogRecord.Stream) throws -> String {
            let result = LogReader.parse(try #require(try DurableFile.read(run.log)))
            #expect(result.malformed == 0)
            let records = result.records.filter { $0.stream == stream && !$0.system }
            return String(decoding: records.flatMap { $0.bytes + ($0.partial ? [] : [10]) }, as: UTF8.self)
        }
    }

    @Test func thereAreFixtures() {
        #expect(Self.releases.map(\.version).contains("0.1.0"))
    }

    @Test(arguments: releases)
    func endsAreUnderstood(release: Release) throws {
        let ends: [(String, ExitRecord.Outcome, ExitRecord.Termination?, String?)] = [
            ("success", .success, .exited(code: 0), nil),
            ("failed", .failed, .exited(code: 3), "the command exited with code 3"),
            ("stopped", .shutdown, .exited(code: 0), "stopped"),
        ]
        for (name, outcome, termination, reason) in ends {
            let copy = try Copy(release, name)
            let evidence = try copy.evidence()
            let exit = try #require(evidence.exit)
            #expect(exit.outcome == outcome)
            #expect(exit.termination == termination)
            #expect(exit.reason == reason)
            #expect(exit.duration > 0 && exit.duration < 10_000_000_000)
            #expect(exit.logLength == evidence.logLength)
            #expect(exit.lostOutput == 0)
            #expect(evidence.worker?.isAlive == false)
            #expect(evidence.started?.time == exit.started)
            #expect(evidence.unreadable.isEmpty)
            for state in [JobState.starting, .running, .stopping] {
                #expect(ReconcileDecision.about(state, evidence) == .settle(exit))
            }
        }
    }

    @Test(arguments: releases)
    func logsAreUnderstood(release: Release) throws {
        let success = try Copy(release, "success")
        #expect(try success.output(.stdout) == "epoch 1: loss 0.7\n50%\r100%\nno newline")
        #expect(try success.output(.stderr) == "warning\n")
        #expect(try Copy(release, "failed").output(.stderr) == "Traceback: no such file\n")
        #expect(try Copy(release, "running").output(.stdout) == "ready\n")
    }

    @Test(arguments: releases)
    func attemptOfADeadWorkerIsLost(release: Release) throws {
        let copy = try Copy(release, "running")
        let evidence = try copy.evidence()
        #expect(evidence.worker?.isAlive == false)
        #expect(evidence.exit == nil)
        #expect(evidence.started?.pid != nil)
        #expect(evidence.unreadable.isEmpty)
        #expect(!evidence.remains)
        #expect(ReconcileDecision.about(.running, evidence).isLost)
        #expect(try !copy.executor.stop(copy.run, grace: nil))
    }

    @Test(arguments: releases)
    func livingWorkerIsFoundAgainAndStopped(release: Release) throws {
        let copy = try Copy(release, "running")
        let null = try FileDescriptor.open("/dev/null", O_RDWR)
        let command = ProcessCommand(
            "/bin/sleep",
            arguments: ["sleep", "60"],
            descriptors: [null.raw, null.raw, null.raw]
        )
        let pid = try command.spawn()
        try null.close()
        // The fixture's worker as if it were this process.
        let identity = try #require(try ProcessIdentity.of(pid))
        let text = String(decoding: try #require(try DurableFile.read(copy.run.worker)), as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            if line.contains("\"pid\"") { return "  \"pid\": \(pid)," }
            if line.contains("\"start_time\"") { return "  \"start_time\": \(identity.startTime)," }
            guard line.contains("\"boot_id\"") else { return String(line) }
            return "  \"boot_id\": \"\(identity.bootID)\"" + (line.hasSuffix(",") ? "," : "")
        }
        try DurableFile.write(Array(lines.joined(separator: "\n").utf8), to: copy.run.worker)

        let evidence = try copy.evidence()
        #expect(evidence.worker?.isAlive == true)
        #expect(evidence.unreadable.isEmpty)
        #expect(ReconcileDecision.about(.starting, evidence) == .markRunning)
        #expect(ReconcileDecision.about(.running, evidence) == .nothing)
        #expect(ReconcileDecision.about(.stopping, evidence) == .stopAgain)
        #expect(try copy.executor.stop(copy.run, grace: 5))
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        #expect(status & 0x7F == SIGTERM)
    }

    /// What an outage of the machine makes of a file that wasn't on the disk yet.
    @Test(arguments: releases, [0, 113])
    func fileThatWasNeverOnTheDiskIsNone(release: Release, length: Int) throws {
        let copy = try Copy(release, "running")
        try DurableFile.write([UInt8](repeating: 0, count: length), to: copy.run.worker)
        unlink(copy.run.started)
        let evidence = try copy.evidence()
        #expect(evidence.worker == nil)
        #expect(evidence.unreadable.isEmpty)
        #expect(ReconcileDecision.about(.starting, evidence) == .relaunchAfterFencing)
        #expect(ReconcileDecision.about(.running, evidence).isLost)
    }

    /// Jobs that an earlier release started run on, and the daemon looks up what they use.
    @Test func specOfTheSameEncodingIsRead() throws {
        let copy = try Copy(Release(version: "0.2.0"), "running")
        let bytes = try #require(try DurableFile.read(copy.run.spec))
        let spec = try RunSpec(decoding: bytes)
        #expect(spec.layer == nil)
        #expect(spec.encoded() == bytes)
    }

    /// A record that was written but not named when its worker was killed is none.
    @Test(arguments: releases)
    func unnamedRecordIsNone(release: Release) throws {
        let copy = try Copy(release, "success")
        try Folder.rename(copy.run.exit, to: copy.run.exit + ".tmp")
        let evidence = try copy.evidence()
        #expect(evidence.exit == nil)
        #expect(evidence.unreadable.isEmpty)
        #expect(ReconcileDecision.about(.running, evidence).isLost)
    }
}

extension ReconcileDecision {
    fileprivate var isLost: Bool {
        if case .lost = self { true } else { false }
    }
}
