import Foundation
import Glibc
import Synchronization
import Testing

extension Tag {
    /// Runs the real programs.
    @Tag static var integration: Self
}

/// What one test has of the world: a folder of its own, and what is to be undone at the end, the latest first.
final class Scene: Sendable {
    @TaskLocal private static var present: Scene?

    /// The scene of the running test.
    static var current: Scene {
        get throws {
            guard let present else {
                throw FixtureFailure(description: "this test has no scene: give it the trait .scene")
            }
            return present
        }
    }

    let folder: String
    private let endings = Mutex<[@Sendable () async -> Void]>([])
    private let hasFailed = Atomic(false)

    private init() throws {
        var template = Array("/tmp/floydlite-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        // Other users' servers and clients have folders of their own in it.
        chmod(folder, 0o755)
    }

    func atEnd(_ ending: @escaping @Sendable () async -> Void) {
        endings.withLock { $0.append(ending) }
    }

    /// A new folder of this scene.
    func makeFolder(_ name: String, for actor: Actor = .tester) throws -> String {
        let path = "\(folder)/\(name)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try actor.own(path)
        return path
    }

    fileprivate func fail() {
        hasFailed.store(true, ordering: .relaxed)
    }

    fileprivate static func play(_ test: @Sendable () async throws -> Void) async throws {
        let scene = try Scene()
        do {
            try await $present.withValue(scene, operation: test)
        } catch {
            scene.fail()
            await scene.end()
            throw error
        }
        await scene.end()
    }

    private func end() async {
        while let ending = endings.withLock({ $0.popLast() }) { await ending() }
        if hasFailed.load(ordering: .relaxed) {
            print("The test's folder is kept: \(folder)")
        } else {
            // Again where something still wrote into it, or the process had no descriptor left for it.
            _ = try? await eventually("the end of \(folder)", within: .seconds(10)) { [folder] in
                try? FileManager.default.removeItem(atPath: folder)
                return FileManager.default.fileExists(atPath: folder) ? nil : true
            }
        }
    }
}

/// Gives each test a scene, and lets a few run at a time: each is a server and what it does.
struct SceneTrait: TestTrait, SuiteTrait, TestScoping {
    private static let places = Places(max(2, ProcessInfo.processInfo.activeProcessorCount))

    var isRecursive: Bool { true }

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        try await Self.places.withPlace {
            #if compiler(>=6.2)
                try await Scene.play {
                    try await IssueHandlingTrait.compactMapIssues { issue in
                        try? Scene.current.fail()
                        return issue
                    }
                    .provideScope(for: test, testCase: testCase, performing: function)
                }
            #else
                try await Scene.play(function)
            #endif
        }
    }
}

extension Trait where Self == SceneTrait {
    static var scene: Self { SceneTrait() }
}

/// A number of places; who finds none waits for one, first come, first served.
private actor Places {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) {
        free = count
    }

    func withPlace(_ body: @Sendable () async throws -> Void) async throws {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
        defer {
            if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
        }
        try await body()
    }
}
