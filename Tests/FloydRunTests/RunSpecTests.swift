import FloydOS
import FloydRun
import Testing

@Suite struct RunSpecTests {
    private static var full: RunSpec {
        var spec = RunSpec(
            jobID: "eo4LZmQVs9JMwW6xB8hta5",
            jobName: "alice/projects/x/3",
            attempt: 2,
            command: "echo 'a\nb'\n",
            isolation: .bubblewrap(program: "/usr/bin/bwrap")
        )
        spec.identity = UserIdentity(uid: 20_001, gid: 20_002)
        spec.userName = "alice"
        spec.variables = [.init("A", "1 2\n3"), .init("EMPTY", ""), .init("É", "😀")]
        spec.inputs = [
            .init(path: "/data/a b", names: ["modelnet", "x"], isInput: true), .init(path: "/data/\n", names: []),
        ]
        spec.software = "/environments/abc/root"
        spec.devices = ["/dev/nvidia0", "/dev/nvidiactl"]
        spec.network = .none
        spec.maximumRuntime = 3600
        spec.gracePeriod = 30
        spec.limits = RunSpec.Limits(memory: 8 << 30, processes: 4096, openFiles: 65_536, disk: 10 << 30)
        spec.cgroups = CgroupSite(hierarchies: [
            .init(version: 1, controllers: [.memory], folder: "/sys/fs/cgroup/memory/a b"),
            .init(version: 2, controllers: [], folder: "/sys/fs/cgroup/unified/x"),
        ])
        spec.cpuWeight = 200
        spec.logLimit = 1 << 30
        spec.preparation = Preparation(
            title: "keras",
            folder: "/environments/abc",
            steps: [["/opt/uv", "venv", "/floyd/env"], ["/bin/sh", "-c", ""]],
            variables: [.init("UV_CACHE_DIR", "/floyd/cache")],
            cacheFolder: "/cache",
            builder: UserIdentity(uid: 5, gid: 6),
            readOnlyPaths: ["/opt/uv"]
        )
        spec.layer = Layer(
            preparation: Preparation(
                title: "floyd_requirements.txt",
                folder: "/layers/def",
                steps: [["/opt/uv", "pip"]],
                cacheFolder: "/caches/x",
                builder: UserIdentity(uid: 7, gid: 8)
            ),
            base: "/environments/abc/root",
            readsCode: true,
            network: .none,
            isShared: true
        )
        return spec
    }

    @Test func specComesBackAsItWas() throws {
        #expect(try RunSpec(decoding: Self.full.encoded()) == Self.full)
        let small = RunSpec(jobID: "i", jobName: "n", attempt: 1, command: "", isolation: .none)
        #expect(try RunSpec(decoding: small.encoded()) == small)
    }

    @Test func withoutALayerTheBytesAreThoseOfReleasesThatKnewNone() throws {
        var spec = Self.full
        spec.layer = nil
        let text = String(decoding: spec.encoded(), as: UTF8.self)
        #expect(!text.contains("layer"))
        #expect(text.hasSuffix("read-only 7\n/opt/uv\nend 0\n\n"))
        #expect(try RunSpec(decoding: Array(text.utf8)) == spec)
    }

    @Test func everyCutIsAnError() {
        let bytes = Self.full.encoded()
        for length in 0..<bytes.count {
            #expect(throws: FieldError.self) { try RunSpec(decoding: Array(bytes.prefix(length))) }
        }
    }

    @Test(arguments: [
        ("floydlite-run-spec 2\n", "floydlite-run-spec 1\n"), ("job 22\n", "job 022\n"), ("job 22\n", "jab 22\n"),
        ("attempt 1\n2\n", "attempt 1\nx\n"), ("network 4\nnone", "network 4\nsome"), ("A", "="),
        ("identity.uid 5\n20001", "identity.uid 10\n4294967295"), ("grace-period 2\n30", "grace-period 3\n-30"),
        ("limit.processes 4\n4096", "limit.processes 1\n0"), ("cgroup 34\n1", "cgroup 34\n3"),
        ("cpu-weight 3\n200", "cpu-weight 1\n0"), ("log-limit 10\n", "log-limit 010\n"),
        ("layer.network 4\nnone", "layer.network 4\nsome"), ("layer.base 22", "layer.bass 22"),
    ])
    func strangeFieldsAreErrors(part: String, other: String) throws {
        let text = String(decoding: Self.full.encoded(), as: UTF8.self)
        let range = try #require(text.range(of: part))
        var changed = text
        changed.replaceSubrange(range, with: other)
        #expect(throws: FieldError.self) { try RunSpec(decoding: Array(changed.utf8)) }
    }

    @Test func somethingBehindTheEndIsAnError() {
        #expect(throws: FieldError.self) { try RunSpec(decoding: Self.full.encoded() + Array("later 0\n\n".utf8)) }
    }
}

extension String {
    fileprivate func range(of part: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
            start = index(after: start)
        }
        return nil
    }
}
