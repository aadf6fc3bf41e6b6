// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A module of the product with the house's settings.
func module(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    resources: [Resource] = []
) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.byName(name: name)] + dependencies,
        exclude: exclude,
        swiftSettings: settings
    )
}

let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

let package = Package(
    name: "floydlite",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "floydlite", targets: ["floydlite"]),
        .executable(name: "floydlited", targets: ["floydlited"]),
        .executable(name: "floydlite-worker", targets: ["floydlite-worker"]),
        .executable(name: "floydlite-unpack", targets: ["floydlite-unpack"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.0.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.6.0"),
    ],
    targets: [
        // What server and client share; nothing here is Linux alone.
        module("FloydModel"),
        module("FloydAPI", ["FloydModel"]),
        module("FloydProject", ["FloydModel", yams]),
        module("FloydTree", ["FloydModel", "CCrypto", "CBlake3", "CXXHash"]),

        // The client.
        module("FloydClient", ["FloydModel", "FloydAPI", "CCurl"]),
        module(
            "FloydCommands",
            ["FloydModel", "FloydAPI", "FloydProject", "FloydTree", "FloydClient", argumentParser]
        ),

        // The server.
        module("FloydOS", ["CFloydLinux"]),
        module("FloydHTTP", ["CFloydSockets", httpTypes]),
        module("FloydStore", ["FloydModel", "FloydOS", grdb]),
        module("FloydFrames"),
        module("FloydBlobs", ["FloydModel", "FloydTree", "FloydOS", "FloydFrames", "CArchive"]),
        module("FloydRun", ["FloydOS"]),
        module("FloydExecutor", ["FloydModel", "FloydRun", "FloydOS"]),
        module(
            "FloydCore",
            [
                "FloydModel", "FloydAPI", "FloydProject", "FloydTree", "FloydOS", "FloydStore", "FloydBlobs",
                "FloydFrames", "FloydRun",
                "FloydExecutor", yams, lifecycle, logging,
            ],
            resources: [.embedInCode("Resources/environments.yml")]
        ),
        module(
            "FloydServer",
            [
                "FloydModel", "FloydAPI", "FloydTree", "FloydRun", "FloydCore", "FloydHTTP", httpTypes, mustache,
                lifecycle, logging,
            ]
        ),

        // The supervisor of one attempt: Glibc alone.
        module("FloydWorker", ["FloydRun", "FloydOS"]),

        // Reads archives, locked up: Glibc, libarchive and zlib alone.
        module("FloydUnpack", ["FloydFrames", "FloydOS", "CArchive", "CZlib"]),

        // Executables: wiring only.
        .executableTarget(name: "floydlite", dependencies: ["FloydCommands"], swiftSettings: settings),
        .executableTarget(
            name: "floydlited",
            dependencies: [
                "FloydModel", "FloydAPI", "FloydOS", "FloydHTTP", "FloydCore", "FloydServer", argumentParser, lifecycle,
                logging,
                unixSignals,
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "floydlite-worker",
            dependencies: ["FloydWorker"],
            swiftSettings: settings,
            linkerSettings: [.unsafeFlags(["-static-executable"], .when(platforms: [.linux]))]
        ),
        .executableTarget(name: "floydlite-unpack", dependencies: ["FloydUnpack"], swiftSettings: settings),

        // C: headers that Swift cannot see, and shims.
        .target(name: "CFloydLinux"),
        .target(name: "CFloydSockets"),
        .target(name: "CCrypto", linkerSettings: [.linkedLibrary("crypto", .when(platforms: [.linux]))]),
        .target(name: "CCurl", linkerSettings: [.linkedLibrary("curl")]),
        .systemLibrary(
            name: "CBlake3",
            pkgConfig: "libblake3",
            providers: [.apt(["libblake3-dev"]), .brew(["blake3"])]
        ),
        .target(name: "CXXHash"),
        .target(name: "CArchive", linkerSettings: [.linkedLibrary("archive")]),
        .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),

        // Holds answers against the interface's document.
        .target(name: "FloydConformance", path: "Tests/Conformance", swiftSettings: settings),

        // Starts the product for the programs below.
        .target(
            name: "FloydLab",
            dependencies: ["FloydModel", "FloydAPI", "FloydClient", "FloydTree", "FloydOS"],
            path: "Tests/Lab",
            swiftSettings: settings
        ),

        // Programs that measure, run by hand: `swift run -c release BlobsBench FOLDER`.
        .executableTarget(
            name: "HTTPBench",
            dependencies: ["FloydHTTP", httpTypes],
            path: "Tests/Benchmarks/HTTPBench",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "BlobsBench",
            dependencies: ["FloydModel", "FloydTree", "FloydBlobs"],
            path: "Tests/Benchmarks/BlobsBench",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "FloydBench",
            dependencies: ["FloydLab", "FloydModel", "FloydAPI", "FloydClient", "FloydOS", argumentParser],
            path: "Tests/Benchmarks/FloydBench",
            swiftSettings: settings
        ),

        // Campaigns against the product, run by hand: `swift run -c release FloydCampaign kill --seed 1 --count 1000`.
        .executableTarget(
            name: "FloydCampaign",
            dependencies: [
                "FloydLab", "FloydModel", "FloydAPI", "FloydClient", "FloydTree", "FloydOS", argumentParser,
            ],
            path: "Tests/Campaigns/FloydCampaign",
            swiftSettings: settings
        ),

        tests("FloydModel"),
        tests("FloydAPI"),
        tests("FloydProject"),
        tests("FloydTree"),
        tests("FloydClient", ["FloydModel", "FloydAPI"]),
        tests("FloydCommands", ["FloydModel", "FloydAPI", "FloydClient", "FloydProject", "FloydTree"]),
        tests("FloydOS"),
        tests("FloydHTTP", [httpTypes]),
        tests("FloydStore", ["FloydModel", grdb]),
        tests("FloydFrames"),
        tests("FloydUnpack", ["FloydFrames", "FloydOS", "CArchive"]),
        tests("FloydBlobs", ["FloydModel", "FloydTree", "FloydOS", "FloydFrames"]),
        tests("FloydRun", ["FloydOS"]),
        tests("FloydWorker", ["FloydRun", "FloydOS"]),
        tests("FloydExecutor", ["FloydModel", "FloydRun", "FloydOS"], exclude: ["Fixtures"]),
        tests(
            "FloydCore",
            [
                "FloydModel", "FloydAPI", "FloydProject", "FloydStore", "FloydBlobs", "FloydFrames", "FloydTree",
                "FloydRun",
                "FloydExecutor",
                "FloydOS",
                lifecycle,
                logging,
            ]
        ),
        tests(
            "FloydServer",
            [
                "FloydModel", "FloydAPI", "FloydTree", "FloydCore", "FloydStore", "FloydRun", "FloydHTTP",
                "FloydConformance",
                httpTypes,
                logging,
            ]
        ),
        // Runs the executables, which every build of the tests makes beside it. It doesn't depend on them: the worker's static linking
        // would be the test's too.
        .testTarget(
            name: "IntegrationTests",
            dependencies: ["FloydOS", "FloydConformance"],
            exclude: [
                "Archives/make-archive.py", "Archives/tus-client.py", "Interface/schemathesis-hooks.py",
                "Interface/schemathesis.toml",
            ],
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)

// Fuzzers are built with instrumentation everywhere, by Tests/Fuzzing/fuzz alone.
if Context.environment["FLOYD_FUZZING"] != nil {
    package.targets += [
        .executableTarget(
            name: "FloydFuzz",
            dependencies: [
                "FloydModel", "FloydAPI", "FloydFrames", "FloydTree", "FloydHTTP", "FloydServer", httpTypes,
            ],
            path: "Tests/Fuzzing/FloydFuzz",
            swiftSettings: settings
        )
    ]
}
