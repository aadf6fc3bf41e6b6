import FloydAPI
import FloydModel
import FloydRun
import Foundation
import Testing

@testable import FloydCore

@Suite struct EnvironmentRecipeTests {
    private static func environment(_ name: String = "keras", _ packages: [String] = ["a==1", "b"]) throws
        -> DeclaredEnvironment
    {
        DeclaredEnvironment(name: try Name(name), python: "3.11", packages: packages)
    }

    private static func key(
        _ environment: DeclaredEnvironment,
        interpreter: String = "/usr/bin/python3.11",
        isolation: ServerConfiguration.Isolation = .bubblewrap
    ) -> String {
        EnvironmentRecipe(environment, interpreter: interpreter, isolation: isolation).key
    }

    @Test func equalInputsHaveOneKey() throws {
        #expect(try Self.key(Self.environment()) == Self.key(Self.environment()))
        // Equal declarations share what is built, whatever they are called.
        #expect(try Self.key(Self.environment("keras")) == Self.key(Self.environment("other")))
        #expect(try Self.key(Self.environment()).utf8.count == 32)
    }

    @Test func anythingChangedHasAnother() throws {
        let keys = [
            try Self.key(Self.environment()),
            try Self.key(Self.environment("keras", [])),
            try Self.key(Self.environment("keras", ["a==2", "b"])),
            try Self.key(Self.environment("keras", ["b", "a==1"])),
            try Self.key(Self.environment("keras", ["a==1b"])),
            try Self.key(Self.environment(), interpreter: "/usr/local/bin/python3.11"),
            try Self.key(Self.environment(), isolation: .none),
        ]
        #expect(Set(keys).count == keys.count)
    }

    @Test func buildsInsideTheSandbox() throws {
        let recipe = EnvironmentRecipe(
            try Self.environment(),
            interpreter: "/usr/bin/python3.11",
            isolation: .bubblewrap
        )
        let preparation = recipe.preparation(
            folder: "/data/environments/k",
            cacheFolder: "/data/caches/uv",
            uv: "/opt/uv",
            isolation: .bubblewrap(program: "/usr/bin/bwrap")
        )
        #expect(
            preparation.steps == [
                [
                    "/opt/uv", "venv", "--allow-existing", "--no-config", "--python", "/usr/bin/python3.11",
                    "/floyd/env",
                ],
                [
                    "/opt/uv", "pip", "install", "--no-config", "--python", "/floyd/env/bin/python", "--", "a==1", "b",
                ],
            ]
        )
        #expect(preparation.readOnlyPaths == ["/opt/uv"])
        #expect(preparation.variables.contains(RunSpec.Variable("UV_CACHE_DIR", "/floyd/cache")))
        #expect(preparation.variables.contains(RunSpec.Variable("UV_PYTHON_DOWNLOADS", "never")))
        #expect(preparation.root == "/data/environments/k/root")
    }

    @Test func withoutPackagesInstallsNothing() throws {
        let recipe = EnvironmentRecipe(
            try Self.environment("x", []),
            interpreter: "/usr/bin/python3.11",
            isolation: .none
        )
        let preparation = recipe.preparation(folder: "/e/k", cacheFolder: "/c", uv: "/opt/uv", isolation: .none)
        #expect(preparation.steps.count == 1)
        #expect(preparation.steps.first?.last == "/e/k/root")
    }
}

@Suite struct EnvironmentServiceTests {
    @Test func aDeclaredEnvironmentBecomesReadyWhenItIsComplete() async throws {
        try await World.with { world in
            let service = try world.environments()
            #expect(try await service.responses().map(\.state) == ["declared", "declared"])
            let preparation = try service.preparation(
                named: "python",
                under: .bubblewrap(program: "/usr/bin/bwrap")
            )
            #expect(preparation.folder.hasPrefix(world.folder.environments + "/"))
            try FileManager.default.createDirectory(atPath: preparation.folder, withIntermediateDirectories: true)
            try "".write(toFile: preparation.complete, atomically: true, encoding: .utf8)
            let responses = try await service.responses()
            #expect(responses.map(\.name) == ["future", "python"])
            #expect(responses.map(\.state) == ["declared", "ready"])
            #expect(responses.map(\.isDefault) == [false, true])
        }
    }

    @Test func saysWhatTheMachineLacks() async throws {
        try await World.with { world in
            let service = try world.environments()
            #expect(try service.usable(named: "python").python == "3.11")
            let unknown = try await failure { _ = try service.usable(named: "keras") }
            #expect(unknown?.code == .environmentNotFound)
            #expect(unknown?.hint == "The environments here are future, python.")
            let future = try await failure { _ = try service.usable(named: "future") }
            #expect(future?.code == .environmentUnavailable)
            #expect(future?.hint?.contains("apt-get install python4.0") == true)
        }
    }

    @Test func withoutAnInstallerOnlyWhatIsBuiltCanBeUsed() async throws {
        try await World.with { world in
            let isolation = RunSpec.Isolation.bubblewrap(program: "/usr/bin/bwrap")
            let built = try world.environments().preparation(named: "python", under: isolation)
            let service = try world.environments(uv: nil)
            #expect(try await code { _ = try service.usable(named: "python") } == .environmentUnavailable)
            try FileManager.default.createDirectory(atPath: built.folder, withIntermediateDirectories: true)
            try "".write(toFile: built.complete, atomically: true, encoding: .utf8)
            #expect(try service.usable(named: "python").name.string == "python")
            #expect(try service.preparation(named: "python", under: isolation).folder == built.folder)
        }
    }
}
