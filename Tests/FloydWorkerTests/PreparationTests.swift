import FloydOS
import FloydRun
import Glibc
import Testing

@Suite(.serialized) struct PreparationTests {
    /// A job that runs what its environment has, to be built by `steps`.
    private func fixture(_ setup: Setup, in root: String, _ steps: [String]) throws -> WorkerFixture {
        let fixture = try WorkerFixture("cat $VIRTUAL_ENV/made; ls $VIRTUAL_ENV", setup)
        try fixture.makeFolder(root)
        try fixture.makeFolder("\(root)/cache")
        var preparation = Preparation(
            title: "keras",
            folder: "\(root)/hash",
            steps: steps.map { ["/bin/bash", "-c", $0] },
            cacheFolder: "\(root)/cache",
            builder: fixture.spec.identity
        )
        let isolation = fixture.spec.isolation
        preparation.variables = [
            .init("ENVIRONMENT", preparation.rootSeen(under: isolation)),
            .init("CACHE", preparation.cacheSeen(under: isolation)),
        ]
        fixture.spec.preparation = preparation
        fixture.spec.software = preparation.root
        return fixture
    }

    @Test(.tags(.slow), arguments: Setup.possible)
    func environmentIsBuiltOnceForJobsThatStartTogether(setup: Setup) throws {
        let owner = try WorkerFixture("", setup)
        let steps = [
            "echo building; echo built >> $CACHE/count; sleep 0.5; echo content > $ENVIRONMENT/made",
            "echo second step >&2; echo x > $ENVIRONMENT/second",
        ]
        let jobs = try (0..<2).map { _ in try fixture(setup, in: "\(owner.root)/environments", steps) }
        let workers = try jobs.map { try $0.start() }
        for (job, worker) in zip(jobs, workers) {
            #expect(job.wait(for: worker) == .exited(code: 0))
            #expect(try job.exit().outcome == .success)
            #expect(try job.text() == "content\nmade\nsecond\n")
        }
        #expect(
            try DurableFile.read("\(owner.root)/environments/cache/count") == Array("built\n".utf8)
        )
        let messages = try jobs.map { try $0.messages }
        #expect(messages.contains { $0.starts(with: ["Building environment keras", "building", "second step"]) })
        #expect(messages.contains { $0.first == "Waiting for environment keras, which another job is building" })
        // And never again.
        let later = try fixture(setup, in: "\(owner.root)/environments", ["exit 1"])
        #expect(try later.finish().outcome == .success)
        #expect(try later.messages == ["Job ended with success"])
    }

    @Test(arguments: Setup.possible)
    func failedBuildIsAFailedJobWithItsLog(setup: Setup) throws {
        let owner = try WorkerFixture("", setup)
        let root = "\(owner.root)/environments"
        let job = try fixture(
            setup,
            in: root,
            ["echo half > $ENVIRONMENT/half; echo no such package; exit 9", "echo no"]
        )
        let exit = try job.finish()
        #expect(exit.outcome == .failed)
        #expect(exit.termination == nil)
        #expect(
            exit.reason == "environment keras could not be built: a step exited with code 9; the log has its output"
        )
        #expect(try job.messages.prefix(2) == ["Building environment keras", "no such package"])
        // The next one begins anew.
        let next = try fixture(setup, in: root, ["count=$(ls $ENVIRONMENT | wc -l); echo $count > $ENVIRONMENT/made"])
        #expect(try next.finish().outcome == .success)
        #expect(try next.text() == "0\nmade\n")
    }

    @Test(arguments: Setup.sandboxed)
    func buildSeesNothingButWhatItIsGiven(setup: Setup) throws {
        let owner = try WorkerFixture("", setup)
        let job = try fixture(
            setup,
            in: "\(owner.root)/environments",
            ["ls /; ls /floyd; id -u; ls \(owner.root) 2>&1 | grep -c 'No such'; echo > $ENVIRONMENT/made"]
        )
        _ = try job.finish()
        let text = try job.messages.joined(separator: " ")
        #expect(!text.contains("output"))
        #expect(text.contains("cache env \(geteuid() == 0 ? WorkerFixture.stranger.uid : geteuid()) 1 "))
    }

    @Test(arguments: Setup.possible)
    func buildAndWaitingForOneCanBeStopped(setup: Setup) throws {
        let mark = uniqueSeconds()
        let owner = try WorkerFixture("", setup)
        let root = "\(owner.root)/environments"
        let builder = try fixture(setup, in: root, ["echo building; sleep \(mark)"])
        let waiter = try fixture(setup, in: root, ["exit 1"])
        let first = try builder.start()
        try #require(try eventually { try builder.messages.contains("building") })
        let second = try waiter.start()
        try #require(try eventually { try waiter.messages.contains { $0.hasPrefix("Waiting") } })
        for (fixture, worker) in [(waiter, second), (builder, first)] {
            kill(worker, SIGTERM)
            fixture.wait(for: worker)
            let exit = try fixture.exit()
            #expect(exit.outcome == .shutdown)
            #expect(exit.started == nil)
        }
        #expect(try processes(marked: mark).isEmpty)
        #expect(try FileStatus.of("\(root)/hash/complete") == nil)
    }
}
