import FloydModel
import Testing

@testable import FloydCore

@Suite struct ServerConfigurationTests {
    private func parse(_ yaml: String) throws(FloydError) -> ServerConfiguration {
        try ServerConfiguration(yaml: yaml, file: "floydlited.yml")
    }

    @Test(arguments: ["", "\n\n", "# nothing\n", "---\n", "~\n"])
    func anEmptyFileIsAllDefaults(yaml: String) throws {
        #expect(try parse(yaml) == ServerConfiguration())
    }

    @Test func readsEveryKey() throws {
        let configuration = try parse(
            """
            listen: unix:/run/floydlite.sock
            local_socket: {path: /run/f/d.sock, users: {alice: al, "1000": bob}}
            trusted_proxies: [127.0.0.1, "::1", 10.0.0.0/8, unix]
            access_log: /var/log/floydlite/access.log
            metrics: {listen: "127.0.0.1:9100"}
            data_dir: /srv/floydlite
            isolation: none
            grace_period: 2m
            retries: {backoff: 5s, maximum_backoff: 1h}
            log_level: warning
            default_environment: keras
            environments: /etc/floydlite/environments.yml
            uv: /opt/uv
            resources: {cpus: 12, memory: 64 GiB, gpus: [2, 0]}
            instance_types:
              gpu: {gpus: 2, cpus: 6, memory: 512MiB, network: none}
              tiny: {cpus: 1, processes: 100, open_files: 64, disk: 2GiB, max_runtime: 90m}
            job_uids: {first: 1000000, count: 100}
            http: {loops: 2, max_connections: 50, head_timeout: 1s, idle_timeout: 2s, progress_timeout: 3s, shutdown_grace: 250ms}
            logs: {maximum_size: 5MiB}
            uploads: {expire_after: 36h, archive_size: 5GiB, archive_entries: 10}
            """
        )
        var expected = ServerConfiguration()
        expected.listen = "unix:/run/floydlite.sock"
        expected.localSocket = .init(path: "/run/f/d.sock", users: ["alice": try Name("al"), "1000": try Name("bob")])
        expected.trustedProxies = TrustedProxies(
            addresses: ["127.0.0.1", "::1", "10.0.0.0/8"].compactMap(AddressRange.init),
            includesUnixSockets: true
        )
        expected.accessLog = .file("/var/log/floydlite/access.log")
        expected.metrics = .init(listen: "127.0.0.1:9100")
        expected.dataFolder = "/srv/floydlite"
        expected.isolation = .none
        expected.gracePeriod = .seconds(120)
        expected.retryBackoff = RetryBackoff(first: .seconds(5), maximum: .seconds(3_600))
        expected.logLevel = .warning
        expected.defaultEnvironment = "keras"
        expected.environmentsFile = "/etc/floydlite/environments.yml"
        expected.uv = "/opt/uv"
        expected.resources = .init(cpus: 12, memory: 64 << 30, gpus: [2, 0])
        expected.instanceTypes = [
            .init(name: "cpu", gpus: 0), .init(name: "gpu", gpus: 2, cpus: 6, memory: 512 << 20, network: .none),
            .init(
                name: "tiny",
                gpus: 0,
                cpus: 1,
                limits: .init(processes: 100, openFiles: 64, disk: 2 << 30, maxRuntime: 5400)
            ),
        ]
        expected.jobUIDs = .init(first: 1_000_000, count: 100)
        expected.http = .init(
            loops: 2,
            maximumConnections: 50,
            headTimeout: .seconds(1),
            idleTimeout: .seconds(2),
            progressTimeout: .seconds(3),
            shutdownGrace: .milliseconds(250)
        )
        expected.logs.maximumSize = 5 << 20
        expected.uploadExpiry = .seconds(36 * 3_600)
        expected.archives = .init(size: 5 << 30, entries: 10)
        #expect(configuration == expected)
    }

    @Test(arguments: [
        ("off", ServerConfiguration.AccessLogPlace.off), ("stderr", .standardError), ("/a/b", .file("/a/b")),
        ("false", .off),
    ])
    func readsWhereTheAccessLogGoes(text: String, expected: ServerConfiguration.AccessLogPlace) throws {
        #expect(try parse("access_log: \(text)").accessLog == expected)
    }

    @Test(arguments: ["local_socket:", "local_socket: {}", "metrics: {}", "trusted_proxies: []"])
    func nothingSaidIsOff(yaml: String) throws {
        #expect(try parse(yaml) == ServerConfiguration())
    }

    @Test func aBuiltInInstanceTypeKeepsWhatIsNotDeclared() throws {
        let types = try parse("instance_types: {gpu: {cpus: 8}}").instanceTypes
        #expect(types == [.init(name: "cpu", gpus: 0), .init(name: "gpu", gpus: 1, cpus: 8)])
    }

    @Test(arguments: [
        ("listn: x", "floydlited.yml:1: listn: unknown key"),
        ("\n\nresorces:\n  cpus: 3\n", "floydlited.yml:3: resorces: unknown key"),
        ("http:\n  loop: 1\n", "floydlited.yml:2: http.loop: unknown key"),
        ("instance_types:\n  gpu:\n    gpu: 1\n", "floydlited.yml:3: instance_types.gpu.gpu: unknown key"),
        ("http: 3", "floydlited.yml:1: http: not a mapping of keys to values"),
        ("- a\n- b\n", "floydlited.yml:1: not a mapping of keys to values"),
        ("listen:\n", "floydlited.yml:1: listen: not a text"),
        ("listen: [a]", "floydlited.yml:1: listen: not a text"),
        ("isolation: docker", "floydlited.yml:1: isolation: docker is none of bubblewrap, none"),
        ("log_level: loud", "floydlited.yml:1: log_level: loud is none of debug, info, warning, error"),
        (
            "retries: {backoff: 1h}\nlog_level: loud",
            "floydlited.yml:2: log_level: loud is none of debug, info, warning, error"
        ),
        (
            "retries: {backoff: 20s, maximum_backoff: 10s}",
            "floydlited.yml:1: retries.maximum_backoff: 10s is less than 20s"
        ),
        ("grace_period: soon", "floydlited.yml:1: grace_period: soon is no span of time"),
        ("grace_period: -3s", "floydlited.yml:1: grace_period: -3s is no span of time"),
        ("grace_period: 500ms", "floydlited.yml:1: grace_period: 500ms is less than 1s"),
        ("uploads: {expire_after: 9999999d}", "floydlited.yml:1: uploads.expire_after: 9999999d is more than 3650d"),
        ("http: {head_timeout: 0}", "floydlited.yml:1: http.head_timeout: 0 is less than 100ms"),
        ("resources: {memory: lots}", "floydlited.yml:1: resources.memory: lots is no amount of bytes"),
        ("resources: {memory: 9000TiB}", "floydlited.yml:1: resources.memory: 9000TiB is more than 1024TiB"),
        ("resources: {cpus: 0}", "floydlited.yml:1: resources.cpus: 0 is not between 1 and 4096"),
        ("resources: {cpus: many}", "floydlited.yml:1: resources.cpus: not a whole number"),
        ("resources: {gpus: 2}", "floydlited.yml:1: resources.gpus: not a list"),
        ("resources:\n  gpus:\n    - 0\n    - 0\n", "floydlited.yml:4: resources.gpus[1]: GPU 0 stands here twice"),
        (
            "instance_types: {gpu: {network: host, cpus: 1.5}}",
            "floydlited.yml:1: instance_types.gpu.cpus: not a whole number"
        ),
        (
            "instance_types: {cpu: {processes: 0}}",
            "floydlited.yml:1: instance_types.cpu.processes: 0 is not between 8 and 4194304"
        ),
        (
            "instance_types: {cpu: {max_runtime: 2000d}}",
            "floydlited.yml:1: instance_types.cpu.max_runtime: 2000d is more than 365d"
        ),
        ("local_socket: {path: run/d.sock}", "floydlited.yml:1: local_socket.path: run/d.sock is no path for a socket"),
        ("local_socket: {users: {a: b}}", "floydlited.yml:1: local_socket.users: local_socket.path is missing"),
        (
            "local_socket: {path: /a, users: {a: 12}}",
            "floydlited.yml:1: local_socket.users.a: \"12\" is not a name: it is a number"
        ),
        ("trusted_proxies: 10.0.0.1", "floydlited.yml:1: trusted_proxies: not a list"),
        ("trusted_proxies: [10.0.0.1/8]", "floydlited.yml:1: trusted_proxies[0]: 10.0.0.1/8 is no address"),
        ("trusted_proxies: [localhost]", "floydlited.yml:1: trusted_proxies[0]: localhost is no address"),
        ("access_log: log/access", "floydlited.yml:1: access_log: log/access is no place for a log"),
        ("metrics: {port: 1}", "floydlited.yml:1: metrics.port: unknown key"),
        ("job_uids: {first: 1000}", "floydlited.yml:1: job_uids.first: 1000 is not between 65536 and 2000000000"),
        ("logs: {maximum_size: 1023KiB}", "floydlited.yml:1: logs.maximum_size: 1023KiB is less than 1MiB"),
        ("logs: {size: 1GiB}", "floydlited.yml:1: logs.size: unknown key"),
        (
            "uploads: {archive_entries: 0}",
            "floydlited.yml:1: uploads.archive_entries: 0 is not between 1 and 100000000"
        ), ("uploads: {expire: 7d}", "floydlited.yml:1: uploads.expire: unknown key"),
    ])
    func saysFileLineAndKey(yaml: String, message: String) throws {
        let error = refusal { () throws(FloydError) in try parse(yaml) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message == message)
    }

    @Test func logsMayBeKeptWhole() throws {
        #expect(try parse("logs: {maximum_size: 0}").logs.maximumSize == 0)
        #expect(try parse("logs: {}").logs.maximumSize == 1 << 30)
    }

    @Test func suggestsTheKeyThatWasMeant() {
        #expect(refusal { () throws(FloydError) in try parse("resorces: {}") }?.hint == "Did you mean resources?")
        #expect(
            refusal { () throws(FloydError) in try parse("uploads: {zzz: 1}") }?.hint
                == "The keys here are expire_after, archive_size, archive_entries."
        )
    }

    @Test(arguments: ["a: [", "a: b: c", "\t- x", "listen: x\nlisten: y\n", "a: 1\n---\nb: 2\n"])
    func refusesWhatIsNoYAML(yaml: String) {
        let error = refusal { () throws(FloydError) in try parse(yaml) }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.hasPrefix("floydlited.yml") == true)
    }

    @Test func refusesAnInstanceTypeThatIsNoName() {
        let error = refusal { () throws(FloydError) in try parse("instance_types: {'../x': {cpus: 1}}") }
        #expect(error?.message.hasPrefix("floydlited.yml:1: instance_types.../x: ") == true)
    }
}

@Suite struct QuantityTests {
    @Test(
        arguments: [
            ("0", 0), ("512", 512), ("1KiB", 1_024), ("64 MiB", 64 << 20), ("2GiB", 2 << 30), ("1TiB", 1 << 40),
        ] as [(String, Int64)]
    )
    func readsBytes(text: String, bytes: Int64) {
        #expect(Quantity.bytes(text) == bytes)
    }

    @Test(arguments: ["", "GiB", "-1", "1.5GiB", "1GB", "1  GiB", "9223372036854775807KiB", "0x10"])
    func refusesOtherBytes(text: String) {
        #expect(Quantity.bytes(text) == nil)
    }

    @Test(
        arguments: [
            ("0", .zero), ("10", .seconds(10)), ("250ms", .milliseconds(250)), ("30s", .seconds(30)),
            ("10m", .seconds(600)),
            ("2h", .seconds(7_200)), ("7d", .seconds(604_800)), ("7 d", .seconds(604_800)),
        ] as [(String, Duration)]
    )
    func readsDurations(text: String, duration: Duration) {
        #expect(Quantity.duration(text) == duration)
    }

    @Test(arguments: ["", "s", "-1s", "1.5h", "1w", "99999999999999999d", "1h30m"])
    func refusesOtherDurations(text: String) {
        #expect(Quantity.duration(text) == nil)
    }

    @Test(arguments: ["100ms", "1s", "90s", "1m", "2h", "1d", "3650d"])
    func writesDurationsAsItReadsThem(text: String) {
        #expect(Quantity.duration(text).map(Quantity.text) == text)
    }
}
