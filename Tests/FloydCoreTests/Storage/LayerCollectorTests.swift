import FloydModel
import FloydOS
import FloydRun
import FloydStore
import Foundation
import Testing

@testable import FloydCore

@Suite struct LayerCollectorTests {
    private static let late = Date().addingTimeInterval(15 * 24 * 3_600)

    private func makeLayer(_ name: String, _ world: World, isComplete: Bool = true) throws -> String {
        let path = "\(world.folder.layers)/\(name)"
        try FileManager.default.createDirectory(atPath: "\(path)/root/bin", withIntermediateDirectories: true)
        if isComplete { try Data().write(to: URL(filePath: "\(path)/complete")) }
        return path
    }

    private func collector(_ world: World, isDiskShort: @escaping @Sendable () -> Bool = { false }) -> LayerCollector {
        LayerCollector(store: world.store, folder: world.folder, pool: world.pool, isDiskShort: isDiskShort)
    }

    private func setUse(_ path: String, minutesAgo: Double) throws {
        let date = Date().addingTimeInterval(-60 * minutesAgo)
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
    }

    /// Has a job run that uses the layer.
    private func run(with path: String, _ world: World) async throws {
        let job = try await world.running()
        let run = world.run(of: job)
        try FileManager.default.createDirectory(atPath: run.path, withIntermediateDirectories: true)
        var spec = RunSpec(jobID: job.id.string, jobName: "x", attempt: 1, command: "true", isolation: .none)
        spec.layer = Layer(
            preparation: Preparation(title: "x", folder: path, steps: [], cacheFolder: "/c"),
            base: "/b",
            readsCode: false,
            network: .host,
            isShared: false
        )
        try Data(spec.encoded()).write(to: URL(filePath: run.spec))
    }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test func whatNobodyUsedForLongGoes() async throws {
        try await World.with { world in
            let layers = [try makeLayer("a", world), try makeLayer("b", world, isComplete: false)]
            let cache = "\(world.folder.caches)/\(world.alice.id)-7"
            try FileManager.default.createDirectory(atPath: "\(cache)/wheels", withIntermediateDirectories: true)
            try Data().write(to: URL(filePath: Layer.lock(ofCache: cache)))
            try FileManager.default.createDirectory(
                atPath: "\(world.folder.caches)/uv",
                withIntermediateDirectories: true
            )
            #expect(try await collector(world).collect() == .init(removed: 0))
            #expect((layers + [cache]).allSatisfy(exists))
            #expect(try await collector(world).collect(now: Self.late) == .init(removed: 3))
            #expect(!(layers + [cache]).contains(where: exists))
            #expect(exists("\(world.folder.caches)/uv"))
            #expect(try await collector(world).collect(now: Self.late) == .init(removed: 0))
        }
    }

    @Test func whatEveryChangeOfTheCodeMakesAnewGoesSooner() async throws {
        try await World.with { world in
            let (brief, long) = (try makeLayer("code-a", world), try makeLayer("a", world))
            #expect(try await collector(world).collect(now: Date().addingTimeInterval(25 * 3_600)) == .init(removed: 1))
            #expect(!exists(brief) && exists(long))
        }
    }

    @Test func whenTheDiskIsShortTheLongestUnusedGoUntilItIsNot() async throws {
        try await World.with { world in
            let names = ["a", "b", "c", "d"]
            let layers = try names.map { try makeLayer($0, world) }
            for (layer, age) in zip(layers, [2.0, 40, 1, 30]) { try setUse("\(layer)/complete", minutesAgo: age) }
            let cache = "\(world.folder.caches)/\(world.alice.id)-7"
            try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
            try Data().write(to: URL(filePath: Layer.lock(ofCache: cache)))
            try setUse(Layer.lock(ofCache: cache), minutesAgo: 20)
            // As if the first three made room.
            let short = collector(world) { (layers + [cache]).count(where: exists) > 2 }
            #expect(try await short.collect() == .init(removed: 3))
            #expect(layers.map(exists) == [true, false, true, false] && !exists(cache))
        }
    }

    @Test func aDiskThatStaysShortCostsNoRunningJobItsPackages() async throws {
        try await World.with { world in
            let (used, held, free) = (try makeLayer("a", world), try makeLayer("b", world), try makeLayer("c", world))
            for layer in [used, held, free] { try setUse("\(layer)/complete", minutesAgo: 5) }
            try await run(with: used, world)
            let lock = try FileLock.acquire("\(held).lock")
            #expect(try await collector(world) { true }.collect() == .init(removed: 1))
            #expect([used, held, free].map(exists) == [true, true, false])
            _ = consume lock
        }
    }

    @Test func whatIsUsedWhileTheDiskIsShortStays() async throws {
        try await World.with { world in
            let layer = try makeLayer("a", world)
            // As by a job that began after the running ones were asked for; the clock that files' times come from is behind.
            try setUse("\(layer)/complete", minutesAgo: 0.01)
            #expect(try await collector(world) { true }.collect() == .init(removed: 0))
            #expect(exists(layer))
        }
    }

    @Test func whatIsBeingBuiltOrLookedForStays() async throws {
        try await World.with { world in
            let path = try makeLayer("a", world)
            let lock = try FileLock.acquire("\(path).lock")
            #expect(try await collector(world).collect(now: Self.late) == .init(removed: 0))
            #expect(exists(path))
            _ = consume lock
        }
    }

    @Test func aLayerOfARunningJobStays() async throws {
        try await World.with { world in
            let path = try makeLayer("a", world)
            try await run(with: path, world)
            #expect(try await collector(world).collect(now: Self.late) == .init(removed: 0))
            #expect(exists(path))
        }
    }

    @Test func whatACrashLeftGoes() async throws {
        try await World.with { world in
            let path = try makeLayer("a.removed", world)
            #expect(try await collector(world).collect() == .init(removed: 1))
            #expect(!exists(path))
        }
    }

    @Test func ifASpecIsNotUnderstoodNoLayerGoes() async throws {
        try await World.with { world in
            let path = try makeLayer("a", world)
            let cache = "\(world.folder.caches)/\(world.alice.id)-7"
            try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
            try Data().write(to: URL(filePath: Layer.lock(ofCache: cache)))
            let run = world.run(of: try await world.running())
            try FileManager.default.createDirectory(atPath: run.path, withIntermediateDirectories: true)
            try Data("of a later release".utf8).write(to: URL(filePath: run.spec))
            let outcome = try await collector(world).collect(now: Self.late)
            #expect(outcome.removed == 1 && outcome.problems.count == 1)
            #expect(exists(path) && !exists(cache))
        }
    }

    @Test func whatCanNotBeRemovedDoesNotKeepTheRest() async throws {
        try await World.with { world in
            let layers = [try makeLayer("a", world), try makeLayer("b", world)]
            // No lock can be had there.
            try FileManager.default.createDirectory(
                atPath: "\(layers[0]).lock",
                withIntermediateDirectories: true
            )
            let outcome = try await collector(world).collect(now: Self.late)
            #expect(outcome.removed == 1 && outcome.problems.count == 1, "\(outcome)")
            #expect(exists(layers[0]) && !exists(layers[1]))
        }
    }
}
