import FloydOS
import FloydRun
import Glibc
import Testing

/// How a test's job is held to its limits.
struct Hold: Sendable, CustomTestStringConvertible {
    var setup: Setup
    var isGrouped: Bool

    var testDescription: String { "\(setup.rawValue), \(isGrouped ? "groups" : "watch")" }

    /// Groups of this test run's own, where the machine lets it make some.
    static let site = CgroupProbe(name: "floydlite-test-\(getpid())").run()

    static let possible = Setup.possible.flatMap { setup in
        // An ordinary user's worker may not write to root's groups.
        (site.enforcement == .watch || setup == .sandboxByUser ? [false] : [true, false])
            .map { Hold(setup: setup, isGrouped: $0) }
    }

    /// Those in which the kernel or the sandbox keeps a bomb from others.
    static let contained = possible.filter { $0.isGrouped || $0.setup == .sandboxByUser }

    func fixture(_ command: String) throws -> WorkerFixture {
        let fixture = try WorkerFixture(command, setup)
        fixture.spec.jobID = "job-\(UInt32.random(in: 0...(.max)))"
        if isGrouped { fixture.spec.cgroups = Self.site }
        return fixture
    }

    /// Whether nothing is left of the job's groups.
    func isSwept(_ fixture: WorkerFixture) -> Bool {
        Cgroup(fixture.spec.cgroups, name: "\(fixture.spec.jobID).1").folders.allSatisfy { access($0, F_OK) != 0 }
    }
}

@Suite(.serialized) struct LimitTests {
    @Test(arguments: Hold.possible)
    func hogEndsOutOfMemory(hold: Hold) throws {
        let fixture = try hold.fixture(
            "for i in {1..100}; do head -c 2000000 /dev/zero; sleep 0.02; done | tail -c 1G; sleep 60"
        )
        fixture.spec.limits.memory = 48 << 20
        let exit = try fixture.finish()
        #expect(exit.outcome == .failed)
        #expect(exit.limit == .memory)
        let reason = try #require(exit.reason)
        #expect(reason.hasPrefix("out of memory: "))
        #expect(reason.contains(" of 48 MiB, largest process tail "))
        #expect(hold.isSwept(fixture))
    }

    /// So fast that nobody has looked before the kernel acts, and the command goes on as if nothing were.
    @Test(arguments: Hold.possible.filter(\.isGrouped))
    func killOfTheKernelIsNoSuccess(hold: Hold) throws {
        let fixture = try hold.fixture("tail /dev/zero; exit 0")
        fixture.spec.limits.memory = 32 << 20
        let exit = try fixture.finish()
        #expect(exit.outcome == .failed)
        #expect(exit.limit == .memory)
        // Who it was, the kernel tells whoever may read its log.
        let isTold = (try? FileDescriptor.open("/dev/kmsg", O_RDONLY)) != nil
        let reason = try #require(exit.reason)
        #expect(reason.hasPrefix("out of memory: 32 of 32 MiB" + (isTold ? ", largest process tail 3" : "")))
    }

    @Test(arguments: Hold.possible)
    func fullDiskEndsTheJob(hold: Hold) throws {
        let fixture = try hold.fixture(
            "for i in 1 2 3 4; do head -c 400000 /dev/zero > $TMPDIR/$i; done; echo ready; sleep 60"
        )
        fixture.spec.limits.disk = 1 << 20
        let exit = try fixture.finish()
        #expect(exit.outcome == .failed)
        #expect(exit.limit == .disk)
        let places =
            hold.setup == .none ? "FLOYD_HOME, FLOYD_OUTPUT and TMPDIR" : "/floyd/home, /output and /tmp"
        #expect(
            exit.reason == "disk is full: 1.5 of 1 MiB in \(places)"
                || exit.reason?.hasPrefix("disk is full: 1.6") == true
        )
    }

    @Test(arguments: Hold.possible)
    func oneFileGrowsNoLargerThanTheDisk(hold: Hold) throws {
        let fixture = try hold.fixture("exec head -c 3000000 /dev/zero > big")
        fixture.spec.limits.disk = 1 << 20
        let exit = try fixture.finish()
        #expect(exit.outcome == .failed)
        #expect(exit.limit == .disk)
        #expect(exit.reason?.hasPrefix("disk is full: ") == true)
        #expect(try FileStatus.of("\(fixture.run.home)/big")?.size == 1 << 20)
    }

    /// As Python does: the signal is ignored, and what is written beyond the limit fails.
    @Test(arguments: Hold.possible)
    func aFileThatCouldNotGrowExplainsTheFailure(hold: Hold) throws {
        let fixture = try hold.fixture("trap '' XFSZ; head -c 3000000 /dev/zero > big || exit 1")
        fixture.spec.limits.disk = 1 << 20
        let exit = try fixture.finish()
        #expect(exit.outcome == .failed)
        #expect(exit.limit == .disk)
        // On a machine that is busy somebody may have looked before it ended.
        if exit.termination == .exited(code: 1) {
            #expect(
                exit.reason == "disk is full: a file reached the limit of 1 MiB; the command exited with code 1"
            )
        }
    }

    /// So fast that nobody has looked before it ended.
    @Test(arguments: Hold.possible)
    func tooMuchAtTheEndIsTold(hold: Hold) throws {
        let fixture = try hold.fixture(
            "for i in 1 2 3 4; do head -c 900000 /dev/zero > $TMPDIR/$i; done; exit 3"
        )
        fixture.spec.limits.disk = 1 << 20
        let exit = try fixture.finish()
        #expect(exit.outcome == .failed)
        #expect(exit.limit == .disk)
        #expect(exit.reason?.hasPrefix("disk is full: ") == true)
        #expect(exit.reason?.contains(" of 1 MiB in ") == true)
    }

    @Test(arguments: Hold.possible)
    func openFilesAreLimited(hold: Hold) throws {
        let fixture = try hold.fixture("ulimit -n; ulimit -c; cat /proc/self/oom_score_adj")
        fixture.spec.limits.openFiles = 100
        #expect(try fixture.finish().outcome == .success)
        #expect(try fixture.text() == "100\n0\n500\n")
    }

    @Test(arguments: Hold.possible)
    func whoFailsForWantOfOpenFilesIsTold(hold: Hold) throws {
        let fixture = try hold.fixture(
            """
            perl -e 'while (open my $file, "<", "/dev/null") { push @files, $file } select undef, undef, undef, 1; exit 3'
            """
        )
        fixture.spec.limits.openFiles = 100
        let exit = try fixture.finish()
        #expect(exit.outcome == .failed)
        #expect(
            exit.reason == "too many open files: perl reached its limit of 100; the command exited with code 3"
        )
        #expect(exit.limit == nil)
    }

    /// Where no group counts what the kernel refuses.
    @Test(arguments: Hold.contained.filter { !$0.isGrouped })
    func whoFailsForWantOfProcessesIsToldWithoutAGroupToo(hold: Hold) throws {
        let fixture = try hold.fixture(
            "exec perl -e 'while (defined(my $p = fork)) { sleep 60 unless $p } select undef, undef, undef, 1; exit 3'"
        )
        fixture.spec.limits.processes = 20
        let exit = try fixture.finish()
        #expect(exit.outcome == .failed)
        #expect(
            exit.reason == "too many processes: its limit of 20 was reached; the command exited with code 3"
        )
        #expect(exit.limit == .processes)
    }

    @Test(arguments: Hold.contained)
    func bombCannotTakeMoreThanItsProcesses(hold: Hold) throws {
        let fixture = try hold.fixture(
            "exec perl -e 'for (1..100) { my $p = fork; if (defined $p && !$p) { $SIG{TERM} = q(IGNORE); sleep 60 } } exit 3'"
        )
        fixture.spec.limits.processes = 20
        let exit = try fixture.finish()
        #expect(exit.outcome == .failed)
        if hold.isGrouped {
            #expect(exit.limit == .processes)
            #expect(exit.reason?.hasPrefix("too many processes: its limit of 20 was reached") == true)
        }
        #expect(hold.isSwept(fixture))
    }

    @Test(.tags(.slow), arguments: Hold.possible)
    func stopEndsAForkBomb(hold: Hold) throws {
        let mark = "bomb\(UInt32.random(in: 0...(.max)))"
        let fixture = try hold.fixture(
            """
            trap '' TERM
            b() { trap '' TERM; while :; do b \(mark) & sleep 0.01; done; }
            setsid bash -c "$(declare -f b); b" \(mark) 2>/dev/null & b 2>/dev/null & sleep 0.3; echo ready; wait
            """
        )
        fixture.spec.limits.processes = hold.isGrouped || hold.setup == .sandboxByUser ? 60 : 100
        let worker = try fixture.start()
        // The watch may be faster than the test.
        _ = try eventually { try fixture.text().contains("ready") || FileStatus.of(fixture.run.exit) != nil }
        try fixture.wish(0)
        kill(worker, SIGTERM)
        #expect(fixture.wait(for: worker) == .exited(code: 0))
        let exit = try fixture.exit()
        // Where its user's processes are counted, the shell may give up before it is stopped.
        #expect(exit.outcome == .shutdown || exit.outcome == .failed)
        #expect(try processes(marked: mark).isEmpty)
        #expect(hold.isSwept(fixture))
    }
}
