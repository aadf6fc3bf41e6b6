import FloydOS
import FloydRun
import Glibc
import Testing

@Suite(.serialized) struct LayerTests {
    /// A job with packages of its own, made by `steps` over an environment that is there.
    private func fixture(
        _ command: String,
        _ setup: Setup,
        in root: String,
        isShared: Bool = false,
        _ steps: [String]
    ) throws -> WorkerFixture {
        let fixture = try WorkerFixture(command, setup)
        for folder in [root, "\(root)/base", "\(root)/base/bin", "\(root)/layers"] { try fixture.makeFolder(folder) }
        // The environment is another user's than the job's, as it is on servers that can change users.
        if geteuid() == 0, setup != .sandboxByUser {
            for folder in ["base", "base/bin"] { chown("\(root)/\(folder)", 0, 0) }
        }
        try DurableFile.write(Array("below\n".utf8), to: "\(root)/base/bin/below", mode: 0o644)
        try DurableFile.write(Array("six\n".utf8), to: fixture.run.requirements, mode: 0o644)
        try DurableFile.write(Array("code\n".utf8), to: "\(fixture.run.home)/main.py", mode: 0o644)
        let folder = "\(root)/layers/hash"
        var preparation = Preparation(
            title: "floyd_requirements.txt",
            folder: folder,
            steps: steps.map { ["/bin/bash", "-c", $0] },
            cacheFolder: isShared ? Layer.freshCache(in: folder) : "\(root)/cache",
            builder: fixture.spec.identity
        )
        let isolation = fixture.spec.isolation
        preparation.variables = [
            .init("LAYER", preparation.rootSeen(under: isolation)),
            .init("CACHE", preparation.cacheSeen(under: isolation)),
            .init("BASE", Layer.baseSeen("\(root)/base", under: isolation)),
            .init("CODE", Layer.codeSeen(fixture.run, under: isolation)),
            .init("LIST", Layer.requirementsSeen(fixture.run, under: isolation)),
        ]
        fixture.spec.software = "\(root)/base"
        fixture.spec.layer = Layer(
            preparation: preparation,
            base: "\(root)/base",
            readsCode: true,
            network: .none,
            isShared: isShared
        )
        return fixture
    }

    @Test(arguments: Setup.possible, [false, true])
    func isBuiltOnceAndLiesOverTheEnvironment(setup: Setup, isShared: Bool) throws {
        let owner = try WorkerFixture("", setup)
        let command =
            "cat $VIRTUAL_ENV/made; IFS=:; for folder in $PATH; do ls $folder/below $folder/own; done 2>/dev/null | wc -l"
        let build =
            "mkdir $LAYER/bin; echo > $LAYER/bin/own; cat $LIST $CODE/main.py $BASE/bin/below > $LAYER/made; echo x > $CACHE/x; echo x > here"
        let job = try fixture(command, setup, in: "\(owner.root)/a", isShared: isShared, [build])
        #expect(try job.finish().outcome == .success)
        #expect(try job.text() == "six\ncode\nbelow\n2\n")
        #expect(
            try job.messages.first
                == "Building the layer of floyd_requirements.txt, without a network: the instance type has none"
        )
        let folder = "\(owner.root)/a/layers/hash"
        #expect(try Folder.names(in: folder) == ["complete", "root"])
        #expect(try FileStatus.of("\(folder)/root")?.mode == (isShared ? 0o755 : 0o700))
        #expect(try (FileStatus.of("\(owner.root)/a/cache/x") != nil) == !isShared)
        #expect(try FileStatus.of("\(job.run.home)/here") == nil)
        let later = try fixture(command, setup, in: "\(owner.root)/a", isShared: isShared, ["exit 1"])
        #expect(try later.finish().outcome == .success)
        #expect(try later.messages == ["Job ended with success"])
    }

    @Test(.tags(.slow), arguments: Setup.possible)
    func jobsThatStartTogetherBuildItOnce(setup: Setup) throws {
        let owner = try WorkerFixture("", setup)
        let build = "echo built >> $CACHE/count; sleep 0.5; echo x > $LAYER/made"
        let jobs = try (0..<2).map { _ in try fixture("cat $VIRTUAL_ENV/made", setup, in: "\(owner.root)/a", [build]) }
        let workers = try jobs.map { try $0.start() }
        for (job, worker) in zip(jobs, workers) {
            #expect(job.wait(for: worker) == .exited(code: 0))
            #expect(try job.text() == "x\n")
        }
        #expect(try DurableFile.read("\(owner.root)/a/cache/count") == Array("built\n".utf8))
        #expect(
            try jobs.flatMap { try $0.messages }
                .contains("Waiting for the layer of floyd_requirements.txt, which another job is building")
        )
    }

    @Test(arguments: Setup.sandboxed)
    func aBuildWritesNothingButItsOwn(setup: Setup) throws {
        let owner = try WorkerFixture("", setup)
        let build = """
            for path in $BASE/x $BASE/bin/x $BASE/bin/below $CODE/x $CODE/main.py $LIST /floyd/x /usr/x /x; do
                if (echo bad > $path) 2>/dev/null; then echo "wrote $path"; fi
            done
            ls /floyd | tr '\\n' ' '; ls -d \(owner.root) /home /root /var 2>/dev/null; grep -c : /proc/net/dev
            grep NoNewPrivs /proc/self/status; id -u; mkdir $LAYER/bin
            """
        let job = try fixture("true", setup, in: "\(owner.root)/a", [build])
        #expect(try job.finish().outcome == .success)
        let messages = try job.messages
        let uid = geteuid() == 0 ? WorkerFixture.stranger.uid : geteuid()
        #expect(
            messages.dropFirst().prefix(4) == [
                // No network but the loopback interface.
                "base cache code env floyd_requirements.txt home 1", "NoNewPrivs:\t1", "\(uid)",
                "The layer of floyd_requirements.txt is ready after 0 s",
            ]
        )
    }

    @Test(arguments: Setup.possible)
    func whatABuildLeavesRunningIsDeadAndWhatFailedLeavesNothing(setup: Setup) throws {
        let mark = uniqueSeconds()
        let owner = try WorkerFixture("", setup)
        let steps = [
            "(setsid sleep \(mark) > /dev/null 2>&1 &) ; sleep \(mark) & echo half > $LAYER/half",
            "for line in /proc/[0-9]*/cmdline; do tr '\\0' ' ' < $line | grep -q '^sleep \(mark)' && echo alive; done 2>/dev/null; exit 7",
        ]
        let job = try fixture("true", setup, in: "\(owner.root)/a", steps)
        let exit = try job.finish()
        #expect(exit.outcome == .failed)
        #expect(exit.termination == nil)
        #expect(
            exit.reason
                == "the layer of floyd_requirements.txt could not be built: a step exited with code 7; the log has its output"
        )
        #expect(try processes(marked: mark).isEmpty)
        #expect(try Folder.names(in: "\(owner.root)/a/layers/hash") == [])
        #expect(try !job.messages.contains("alive"))
    }

    @Test(.tags(.slow), arguments: Setup.possible)
    func aBuildIsHeldToTheJobsTimeAndDisk(setup: Setup) throws {
        let owner = try WorkerFixture("", setup)
        let slow = try fixture("true", setup, in: "\(owner.root)/a", ["sleep 100"])
        slow.spec.maximumRuntime = 1
        let late = try slow.finish()
        #expect(late.outcome == .timeout && late.limit == .time)
        let steps = ["for i in 1 2 3 4; do head -c 1500000 /dev/zero > $CACHE/$i; done; sleep 100"]
        let large = try fixture("true", setup, in: "\(owner.root)/b", steps)
        large.spec.limits.disk = 4 << 20
        let full = try large.finish()
        #expect(full.outcome == .failed && full.limit == .disk, "\(full.reason ?? "")")
        // What fills the account's cache doesn't keep the next build from coming about.
        let next = try fixture("true", setup, in: "\(owner.root)/b", ["ls $CACHE | wc -l; true"])
        next.spec.limits.disk = 4 << 20
        #expect(try next.finish().outcome == .success)
        #expect(try next.messages.contains("0"))
    }

    @Test(arguments: Setup.possible)
    func isNeverBuiltAsRoot(setup: Setup) throws {
        let owner = try WorkerFixture("", setup)
        let job = try fixture("true", setup, in: "\(owner.root)/a", ["true"])
        job.spec.layer?.preparation.builder = UserIdentity(uid: 0, gid: 0)
        let exit = try job.finish()
        #expect(exit.outcome == .failed && exit.reason == "a job must not run as root")
    }

    @Test(arguments: Setup.possible)
    func aMarkerWithoutWhatItMarksMarksNothing(setup: Setup) throws {
        let owner = try WorkerFixture("", setup)
        let folder = "\(owner.root)/a/layers/hash"
        for (step, outcome, left) in [
            ("exit 1", ExitRecord.Outcome.failed, [String]()), ("true", .success, ["complete", "root"]),
        ] {
            let job = try fixture("ls $VIRTUAL_ENV", setup, in: "\(owner.root)/a", [step])
            try job.makeFolder(folder)
            try DurableFile.write([], to: "\(folder)/complete", mode: 0o644)
            #expect(try job.finish().outcome == outcome)
            #expect(try Folder.names(in: folder) == left)
        }
    }

    @Test(arguments: Setup.possible)
    func aStopEndsTheWaitForTheDownloads(setup: Setup) throws {
        let owner = try WorkerFixture("", setup)
        let job = try fixture("true", setup, in: "\(owner.root)/a", ["true"])
        let cacheLock = try #require(job.spec.layer?.cacheLock)
        // Somebody empties the folder.
        let lock = try FileLock.acquire(cacheLock)
        chmod(cacheLock, 0o666)
        let worker = try job.start()
        #expect(try eventually { try job.messages.contains { $0.hasPrefix("Building the layer") } })
        kill(worker, SIGTERM)
        #expect(try eventually { try FileStatus.of(job.run.exit) != nil })
        _ = consume lock
        job.wait(for: worker)
        #expect(try job.exit().outcome == .shutdown)
    }

    @Test(arguments: Setup.possible)
    func largeDownloadsAreEmptiedWhateverIsLeftOfEarlierOnes(setup: Setup) throws {
        let owner = try WorkerFixture("", setup)
        let job = try fixture("true", setup, in: "\(owner.root)/a", ["ls $CACHE | wc -l; true"])
        job.spec.limits.disk = 4 << 20
        let cache = "\(owner.root)/a/cache"
        try job.makeFolder(cache)
        try DurableFile.write([UInt8](repeating: 1, count: 3 << 20), to: "\(cache)/large", mode: 0o644)
        // Somebody else removes this.
        try job.makeFolder("\(cache).removed")
        #expect(try job.finish().outcome == .success)
        #expect(try job.messages.contains("0"))
        #expect(try Folder.names(in: "\(owner.root)/a").contains("cache.removed"))
    }
}
