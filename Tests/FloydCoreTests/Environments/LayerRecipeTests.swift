import FloydModel
import FloydOS
import FloydProject
import FloydRun
import Testing

@testable import FloydCore

@Suite struct LayerRecipeTests {
    private static let bubblewrap = RunSpec.Isolation.bubblewrap(program: "/usr/bin/bwrap")
    private static let hash = "--hash=sha256:" + String(repeating: "0a", count: 32)
    private static let alice = ObjectID()
    private static let run = RunDirectory("/data/runs/j/1")

    private static func recipe(
        _ text: String,
        packages: [String] = [],
        code: CodePart? = nil,
        account: ObjectID = alice,
        uid: UInt32? = 7,
        network: RunSpec.Network = .host,
        isolation: RunSpec.Isolation = bubblewrap
    ) throws -> LayerRecipe {
        let base = EnvironmentRecipe(
            DeclaredEnvironment(name: try Name("keras"), python: "3.11", packages: packages),
            interpreter: "/usr/bin/python3.11",
            isolation: isolation == .none ? .none : .bubblewrap
        )
        let order = LayerOrder(
            requirements: try RequirementsFile(Array(text.utf8)),
            code: code,
            account: account,
            identity: uid.map { UserIdentity(uid: $0, gid: $0) },
            network: network,
            run: run
        )
        return LayerRecipe(order, over: base, isolation: isolation)
    }

    private static func layer(_ recipe: LayerRecipe) -> Layer {
        recipe.layer(base: "/data/environments/b/root", in: DataFolder("/data"), uv: "/opt/uv")
    }

    @Test func anythingThatGoesInIsInTheKey() throws {
        let keys = [
            try Self.recipe("six"), try Self.recipe("six\n"), try Self.recipe("six", packages: ["a"]),
            try Self.recipe("six", account: ObjectID()), try Self.recipe("six", uid: 8),
            try Self.recipe("six", uid: nil),
            try Self.recipe("six", isolation: .none), try Self.recipe("-r x"),
            try Self.recipe("-r x", code: CodePart(paths: ["x"], digest: [1])),
            try Self.recipe("-r x", code: CodePart(paths: ["x"], digest: [2])),
            try Self.recipe("-r x", code: CodePart(paths: ["."], digest: [3])),
        ]
        .map(\.key)
        #expect(Set(keys).count == keys.count)
        #expect(keys.allSatisfy { $0.utf8.count == ($0.hasPrefix("code-") ? 37 : 32) })
        #expect(keys.count { $0.hasPrefix("code-") } == 1)
        #expect(try Self.recipe("six", network: .none).key == Self.recipe("six").key)
    }

    @Test func accountsShareHashLockedWheelsAlone() throws {
        let text = "six==1 \(Self.hash)"
        let mine = try Self.recipe(text)
        let other = try Self.recipe(text, account: ObjectID(), uid: 8)
        #expect(mine.isShared && mine.key == other.key)
        #expect(try !Self.recipe("six==1").isShared)
        // What the installer is given is what is named, not how it was written.
        #expect(try Self.recipe("# mine\nsix == 1 \\\n  \(Self.hash)").key == mine.key)
        let open = try Self.recipe(text, isolation: .none)
        #expect(try !open.isShared && open.key != Self.recipe(text, uid: 8, isolation: .none).key)
        let layer = Self.layer(mine)
        #expect(layer.isShared)
        // Nobody wrote into its cache before.
        #expect(layer.preparation.cacheFolder == "\(layer.preparation.folder)/fresh-cache")
        let install = try #require(layer.preparation.steps.dropFirst(2).first)
        #expect(install.contains("--require-hashes"))
        #expect(install.joined(separator: " ").contains("--only-binary :all: -r /floyd/floyd_requirements.txt"))
    }

    @Test func isBuiltAsTheAccountWithItsOwnCache() throws {
        let layer = Self.layer(
            try Self.recipe("./pkg", code: CodePart(paths: ["."], digest: [1]), network: .none)
        )
        #expect(!layer.isShared && layer.readsCode && layer.network == .none)
        #expect(layer.base == "/data/environments/b/root")
        let preparation = layer.preparation
        #expect(preparation.builder == UserIdentity(uid: 7, gid: 7))
        #expect(preparation.folder.hasPrefix("/data/layers/"))
        #expect(preparation.cacheFolder == "/data/caches/\(Self.alice)-7")
        #expect(preparation.readOnlyPaths == ["/opt/uv"])
        #expect(!preparation.variables.contains { $0.name == "UV_NO_EDITABLE" })
        let steps = preparation.steps
        #expect(steps.count == 5)
        #expect(steps.first?.last == "/floyd/env")
        #expect(steps[1].suffix(2) == ["/floyd/env", "/floyd/base"])
        #expect(steps[2].suffix(3) == ["/floyd/code", "floyd_requirements.txt", "."])
        #expect(
            steps[3] == [
                "/opt/uv", "pip", "install", "--no-config", "--python", "/floyd/env/bin/python", "-r",
                "floyd_requirements.txt",
            ]
        )
        #expect(steps[4].last == "/floyd/env")
    }

    @Test func withoutASandboxThePathsAreTheMachines() throws {
        let layer = Self.layer(
            try Self.recipe("-e .", code: CodePart(paths: ["."], digest: [1]), isolation: .none)
        )
        let steps = layer.preparation.steps
        #expect(steps[1].suffix(2) == [layer.preparation.root, "/data/environments/b/root"])
        #expect(steps[2].suffix(3) == ["/data/runs/j/1/home", "floyd_requirements.txt", "."])
        // The next attempt's code is elsewhere.
        #expect(layer.preparation.variables.contains(RunSpec.Variable("UV_NO_EDITABLE", "1")))
    }

    @Test func hashLockedWheelsMayComeFromTheNetworkWhereverTheJobIs() throws {
        let offline = RunSpec.Variable("UV_OFFLINE", "1")
        for (text, network) in [("six==1 \(Self.hash)", RunSpec.Network.host), ("six==1", .none)] {
            let layer = Self.layer(try Self.recipe(text, network: .none))
            #expect(layer.network == network)
            #expect(layer.preparation.variables.contains(offline) == (network == .none))
        }
    }
}
