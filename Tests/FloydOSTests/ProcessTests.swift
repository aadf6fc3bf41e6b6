import Glibc
import Testing

@testable import FloydOS

/// Runs a shell command and returns what it printed and its wait status.
private func shell(_ command: String, change: (inout ProcessCommand) -> Void = { _ in }) throws -> (String, Int32) {
    let pair = try DescriptorPair.pipe(capacity: 65_536)
    let reading = FileDescriptor(owning: pair.reading)
    let writing = FileDescriptor(owning: pair.writing)
    let null = try FileDescriptor.open("/dev/null", O_RDWR)
    var process = ProcessCommand(
        "/bin/bash",
        arguments: ["bash", "-c", command],
        environment: ["PATH=/usr/bin:/bin"],
        descriptors: [null.raw, writing.raw, writing.raw]
    )
    change(&process)
    let pid = try process.spawn()
    try writing.close()
    try null.close()
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = try bytes.withUnsafeMutableBytes { try reading.read(into: $0) }
    return (String(decoding: bytes.prefix(count), as: UTF8.self), status)
}

@Suite struct ProcessTests {
    @Test func programHasItsDescriptorsAndNoOthers() throws {
        let other = try FileDescriptor.open("/dev/null", O_RDONLY).release()
        // As careless code would leave it.
        let leaked = dup(other)
        defer {
            close(other)
            close(leaked)
        }
        let (output, status) = try shell("exec ls /proc/self/fd")
        #expect(status == 0)
        // The last one is what ls reads.
        #expect(output == "0\n1\n2\n3\n")
    }

    @Test func descriptorsMayTradePlaces() throws {
        let first = try memoryFile("first", holding: Array("first".utf8))
        let second = try memoryFile("second", holding: Array("second".utf8))
        let (output, _) = try shell("cat <&3; cat <&4") {
            // 3 and 4 as likely as not are these files' own numbers, the other way round.
            $0.descriptors += [max(first.raw, second.raw), min(first.raw, second.raw)]
        }
        #expect(output == (first.raw > second.raw ? "firstsecond" : "secondfirst"))
        #expect(first.raw > 0 && second.raw > 0)
    }

    @Test func folderUmaskEnvironmentAndSessionAreAsTold() throws {
        let (output, _) = try shell("pwd; umask; echo $X; ps -o sid= -p $$ | tr -d ' '; echo $$") {
            $0.folder = "/usr"
            $0.umask = 0o027
            $0.environment.append("X=y z")
            $0.startsSession = true
        }
        let lines = output.split(separator: "\n")
        #expect(lines.prefix(3) == ["/usr", "0027", "y z"])
        #expect(lines.count == 5 && lines[3] == lines[4])
    }

    @Test func signalsAreAtTheirDefaults() throws {
        signal(SIGPIPE, SIG_IGN)
        let (output, _) = try shell("grep -E 'Sig(Blk|Ign)' /proc/self/status | cut -f2")
        // 32 and 33 are glibc's own, which it lets nobody change.
        let sets = output.split(separator: "\n").compactMap { UInt64($0, radix: 16) }.map { $0 & ~(3 << 31) }
        #expect(sets == [0, 0])
    }

    @Test func failuresNameTheirStep() throws {
        #expect(throws: SpawnError(step: .execution, program: "/nonexistent", code: ENOENT)) {
            try ProcessCommand("/nonexistent", arguments: ["x"], descriptors: [0, 1, 2]).spawn()
        }
        #expect(throws: SpawnError(step: .execution, program: "/nonexistent", code: ENOENT)) {
            try ProcessCommand("/nonexistent", arguments: ["x"], descriptors: [0, 1, 2]).spawnDetached()
        }
        #expect(throws: SpawnError(step: .folder, program: "/bin/true", code: ENOENT)) {
            try ProcessCommand("/bin/true", arguments: ["x"], folder: "/nonexistent", descriptors: [0]).spawn()
        }
        #expect(throws: SpawnError(step: .descriptors, program: "/bin/true", code: EBADF)) {
            try ProcessCommand("/bin/true", arguments: ["x"], descriptors: [9999]).spawn()
        }
        #expect(throws: SpawnError(step: .execution, program: "/bin/true", code: EINVAL)) {
            try ProcessCommand("/bin/true", arguments: ["a\0b"], descriptors: [0]).spawn()
        }
    }

    @Test func detachedProgramIsNobodysChild() throws {
        let null = try FileDescriptor.open("/dev/null", O_RDWR)
        let pid = try ProcessCommand("/bin/sleep", arguments: ["sleep", "60"], descriptors: [null.raw]).spawnDetached()
        try null.close()
        let identity = try #require(try ProcessIdentity.of(pid))
        #expect(ProcessStatus.of(pid)?.parent != getpid())
        #expect(try identity.signal(SIGKILL))
    }

    @Test func identityTellsAProcessFromALaterOneOfItsPid() throws {
        let own = try ProcessIdentity.current()
        #expect(own.isAlive)
        var other = own
        other.startTime += 1
        #expect(!other.isAlive)
        #expect(try !other.signal(SIGKILL))
        other = own
        other.bootID = "another boot"
        #expect(!other.isAlive)
        if try other.open() != nil { Issue.record("a process of another boot was opened") }
    }

    @Test func endedProcessIsNotAliveBeforeItIsReaped() throws {
        let null = try FileDescriptor.open("/dev/null", O_RDWR)
        let pid = try ProcessCommand("/bin/true", arguments: ["true"], descriptors: [null.raw]).spawn()
        try null.close()
        var info = siginfo_t()
        waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT)
        #expect(try ProcessIdentity.of(pid)?.isAlive == false)
        waitpid(pid, nil, 0)
        #expect(try ProcessIdentity.of(pid) == nil)
    }

    @Test func statusSurvivesAStrangeName() throws {
        let line = "42 (a) b (c)) S 7 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1 2 3"
        let status = try #require(ProcessStatus(parsing: Array(line.utf8)))
        #expect(status == ProcessStatus(pid: 42, parent: 7, startTime: 98_765, isZombie: false))
        #expect(ProcessStatus(parsing: Array("42 (a".utf8)) == nil)
        #expect(ProcessStatus(parsing: Array("42 (a) S 1".utf8)) == nil)
    }

    @Test func descendantsAreFoundThroughTheDead() {
        func process(_ pid: pid_t, _ parent: pid_t, _ isZombie: Bool = false) -> ProcessStatus {
            ProcessStatus(pid: pid, parent: parent, startTime: 1, isZombie: isZombie)
        }
        let all = [process(2, 1), process(3, 2, true), process(4, 3), process(5, 9), process(1, 1), process(6, 2)]
        #expect(Set(Descendants.of(2, among: all).map(\.pid)) == [4, 6])
        #expect(Descendants.of(7, among: all).isEmpty)
    }
}
