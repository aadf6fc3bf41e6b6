import FloydModel
import Foundation
import Testing

@testable import FloydCore

/// The files in `config/`, which people read to learn what there is.
@Suite struct ConfigFileTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../config")

    private static func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    /// Without the `#` of every line that is a key, and not a sentence.
    private static func uncommented() throws -> String {
        try text("floydlited.yml").split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let isSentence = line.hasPrefix("# ") && !line.hasPrefix("#  ")
            return line.hasPrefix("#") && !isSentence ? String(line.dropFirst()) : String(line)
        }.joined(separator: "\n")
    }

    @Test func asItStandsItSaysNothing() throws {
        #expect(try ServerConfiguration(yaml: Self.text("floydlited.yml"), file: "x") == ServerConfiguration())
    }

    @Test func uncommentedItSaysTheDefaults() throws {
        var configuration = try ServerConfiguration(yaml: Self.uncommented(), file: "x")
        // What depends on the machine stands there as an example.
        #expect(configuration.dataFolder == "/var/lib/floydlite")
        #expect(configuration.environmentsFile == "environments.yml")
        #expect(configuration.resources == .init(cpus: 8, memory: 64 << 30, gpus: [0, 1]))
        #expect(configuration.storage.reserve == 10 << 30)
        #expect(configuration.storage.quotas.map(\.key.string) == ["alice"])
        #expect(configuration.localSocket?.path == "/run/floydlite/floydlited.sock")
        #expect(configuration.localSocket?.users == ["1000": try Name("alice")])
        #expect(configuration.trustedProxies.addresses.count == 3 && configuration.trustedProxies.includesUnixSockets)
        #expect(configuration.metrics == .init(listen: "127.0.0.1:9100"))
        configuration.localSocket = nil
        configuration.trustedProxies = TrustedProxies()
        configuration.metrics = nil
        configuration.storage.reserve = nil
        configuration.storage.quotas = [:]
        configuration.dataFolder = nil
        configuration.environmentsFile = nil
        configuration.resources = .init()
        for index in configuration.instanceTypes.indices {
            #expect(configuration.instanceTypes[index].cpus != nil)
            #expect(configuration.instanceTypes[index].memory == 0)
            configuration.instanceTypes[index].cpus = nil
            configuration.instanceTypes[index].memory = nil
        }
        #expect(configuration == ServerConfiguration())
    }

    @Test func showsEveryKey() throws {
        let text = try "\n" + Self.uncommented()
        for key in ServerConfiguration.keys { #expect(text.contains("\n\(key):"), "\(key)") }
        for key in ServerConfiguration.HTTPSettings.keys + ["cpus", "memory", "gpus", "first", "count", "expire_after"]
        {
            #expect(text.contains("\n  \(key):"), "\(key)")
        }
    }

    @Test func theEnvironmentsAreTheBuiltInOnes() throws {
        let file = try EnvironmentCatalog(yaml: Self.text("environments.yml"), file: "x")
        #expect(try ServerConfiguration().environmentCatalog(besideConfig: nil) == file)
        #expect(file.environments.map(\.name.string) == ["keras", "python", "sklearn"])
    }

    @Test func findsTheEnvironmentsBesideTheConfigOrWhereItSays() async throws {
        try await Scratch.with { folder in
            let config = "\(folder)/floydlited.yml"
            func write(_ text: String, _ name: String) throws {
                try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
            }
            try write("uv: /opt/uv\n", "floydlited.yml")
            let (configuration, file) = try ServerConfiguration.load(config)
            #expect(configuration.uv == "/opt/uv")
            #expect(file == config)
            #expect(try configuration.environmentCatalog(besideConfig: file).environments.count == 3)
            try write("mine: {python: \"3.12\"}\n", "environments.yml")
            #expect(
                try configuration.environmentCatalog(besideConfig: file).environments.map(\.name.string) == ["mine"]
            )
            try write("other: {python: \"3.13\"}\n", "others.yml")
            var named = configuration
            named.environmentsFile = "others.yml"
            #expect(try named.environmentCatalog(besideConfig: file).environments.map(\.name.string) == ["other"])
            named.environmentsFile = "absent.yml"
            #expect(
                refusal { () throws(FloydError) in try named.environmentCatalog(besideConfig: file) }?.code
                    == .localFile
            )
        }
    }

    @Test func aNamedFileMustBeThere() {
        let error = refusal { () throws(FloydError) in try ServerConfiguration.load("/nonexistent/floydlited.yml") }
        #expect(error?.code == .localFile)
        #expect(error?.message.contains("/nonexistent/floydlited.yml") == true)
    }

    @Test func aFolderIsNoFile() async throws {
        try await Scratch.with { folder in
            #expect(refusal { () throws(FloydError) in try ServerConfiguration.load(folder) }?.code == .localFile)
        }
    }
}
