import FloydOS
import FloydRun
import Glibc
import Testing

@Suite(.serialized) struct SandboxTests {
    @Test(arguments: Setup.possible)
    func commandHasNoPrivilege(setup: Setup) throws {
        let fixture = try WorkerFixture(
            "id -u; id -G; grep -E '^(Cap|NoNewPrivs)' /proc/self/status | tr -d '\\t'",
            setup
        )
        _ = try fixture.finish()
        var lines = try fixture.text().split(separator: "\n").map(String.init)
        if geteuid() == 0 {
            #expect(lines.prefix(2) == ["61234", "61235"])
        } else {
            #expect(lines.first == "\(geteuid())")
        }
        lines.removeFirst(2)
        let empty = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map { "\($0):0000000000000000" }
        if setup == .none && geteuid() != 0 {
            // An ordinary user's process can't empty its bounding set; NoNewPrivs keeps it from mattering.
            #expect(
                lines.filter { !$0.hasPrefix("CapBnd") } == empty.filter { !$0.hasPrefix("CapBnd") } + ["NoNewPrivs:1"]
            )
        } else {
            #expect(lines == empty + ["NoNewPrivs:1"])
        }
    }

    @Test(arguments: Setup.sandboxed)
    func inputsCanBeReadAndNotWritten(setup: Setup) throws {
        let fixture = try WorkerFixture(
            """
            cat /floyd/input/digits/x /digits/x /input/x /floyd/input/usr/x; ls /usr/bin/env /floyd/env/bin
            for path in /digits/x /input/new /floyd/input/digits/x /floyd/env/bin/tool /usr/x /etc/x /etc/passwd /x /floyd/x; do
                if (echo bad > $path) 2>/dev/null; then echo "wrote $path"; fi
            done
            rm -rf /input/x 2>/dev/null; chmod 777 /input/x 2>/dev/null && echo changed
            echo result > /output/result; echo more > /floyd/home/more; echo tmp > /tmp/tmp; touch /dev/shm/x
            """,
            setup
        )
        let data = "\(fixture.root)/data"
        try fixture.makeFolder(data)
        let file = try FileDescriptor.open("\(data)/x", O_WRONLY | O_CREAT, mode: 0o666)
        try file.write(all: Array("data\n".utf8))
        try file.changeMode(0o666)
        try file.close()
        try fixture.makeFolder("\(fixture.root)/software")
        try fixture.makeFolder("\(fixture.root)/software/bin")
        close(try FileDescriptor.open("\(fixture.root)/software/bin/tool", O_WRONLY | O_CREAT, mode: 0o666).release())
        fixture.spec.inputs = [.init(path: data, names: ["digits", "usr"], isInput: true)]
        fixture.spec.software = "\(fixture.root)/software"
        _ = try fixture.finish()
        #expect(try fixture.text() == "data\ndata\ndata\ndata\n/usr/bin/env\n\n/floyd/env/bin:\ntool\n")
        for path in [fixture.run.output + "/result", fixture.run.home + "/more", fixture.run.temporary + "/tmp"] {
            #expect(try FileStatus.of(path) != nil)
        }
        #expect(try DurableFile.read("\(data)/x") == Array("data\n".utf8))
    }

    @Test(arguments: Setup.sandboxed)
    func serverAndOtherJobsAreInvisible(setup: Setup) throws {
        let other = try WorkerFixture("echo ready; sleep \(uniqueSeconds())", setup)
        let secret = "\(other.run.home)/secret"
        close(try FileDescriptor.open(secret, O_WRONLY | O_CREAT, mode: 0o666).release())
        let otherWorker = try other.start()
        try other.waitFor("ready")
        let fixture = try WorkerFixture(
            """
            ls -d $(cat paths) /home /root /var /work /etc/shadow /run 2>/dev/null
            ls / | tr '\\n' ' '; echo; ls /tmp | wc -l; ls /proc | grep -c '^[0-9]'
            cat /proc/*/cmdline /proc/*/environ 2>/dev/null | grep -acF -f paths; exit 0
            """,
            setup
        )
        // In a file, so that the command line itself doesn't hold them.
        let paths = try FileDescriptor.open("\(fixture.run.home)/paths", O_WRONLY | O_CREAT)
        try paths.write(all: Array("\(secret)\n\(fixture.run.path)\n\(fixture.root)\n".utf8))
        try paths.changeMode(0o644)
        try paths.close()
        _ = try fixture.finish()
        kill(otherWorker, SIGTERM)
        other.wait(for: otherWorker)
        let lines = try fixture.text().split(separator: "\n").map(String.init)
        #expect(lines.count == 4)
        let known: Set<String> = [
            "bin", "dev", "etc", "floyd", "lib", "lib32", "lib64", "libx32", "output", "proc", "sbin", "tmp", "usr",
        ]
        #expect(Set(lines[0].split(separator: " ").map(String.init)).subtracting(known).isEmpty)
        #expect(lines[1] == "0")
        // init, bash, and the two of the pipe.
        #expect(Int(lines[2]) ?? 99 <= 4)
        #expect(lines[3] == "0")
    }

    @Test(arguments: Setup.sandboxed)
    func machinesFilesAreCopiedForReading(setup: Setup) throws {
        let paths = ["/etc/hosts", "/etc/ld.so.cache", "/etc/nsswitch.conf"]
        let there = try paths.filter { try FileStatus.of($0, followingLinks: true) != nil }
        let fixture = try WorkerFixture(
            "cat \(there.joined(separator: " ")) > all; stat -Lc %a \(there.joined(separator: " "))",
            setup
        )
        _ = try fixture.finish()
        #expect(try fixture.text() == String(repeating: "444\n", count: there.count))
        let machines = try there.compactMap { try FileDescriptor.open($0, O_RDONLY).readAll(limit: 4 << 20) }
        #expect(try DurableFile.read("\(fixture.run.home)/all", limit: 8 << 20) == Array(machines.joined()))
    }

    @Test(arguments: Setup.sandboxed)
    func networkCanBeTakenAway(setup: Setup) throws {
        let count = "grep -c : /proc/net/dev"
        let without = try WorkerFixture("\(count); (echo > /dev/tcp/192.0.2.1/9) 2>&1 | grep -om1 unreachable", setup)
        without.spec.network = .none
        _ = try without.finish()
        #expect(try without.text() == "1\nunreachable\n")
        let with = try WorkerFixture("cmp /proc/net/dev \(without.root)/x; \(count)", setup)
        _ = try with.finish()
        let interfaces = try #require(try DurableFile.read("/proc/net/dev")).filter { $0 == UInt8(ascii: ":") }.count
        #expect(try with.text() == "\(interfaces)\n")
    }

    @Test(arguments: Setup.sandboxed)
    func accountHasItsNameInside(setup: Setup) throws {
        let fixture = try WorkerFixture("id -un; echo ~; getent passwd | wc -l", setup)
        fixture.spec.userName = "alice"
        _ = try fixture.finish()
        #expect(try fixture.text() == "alice\n/floyd/home\n3\n")
    }

    @Test func withoutSandboxInputsAreLinks() throws {
        let fixture = try WorkerFixture("cat $FLOYD_INPUT/digits", .none)
        let data = "\(fixture.root)/data"
        let file = try FileDescriptor.open(data, O_WRONLY | O_CREAT, mode: 0o644)
        try file.write(all: Array("data\n".utf8))
        try file.changeMode(0o644)
        try file.close()
        fixture.spec.inputs = [.init(path: data, names: ["digits"])]
        _ = try fixture.finish()
        #expect(try fixture.text() == "data\n")
    }
}
