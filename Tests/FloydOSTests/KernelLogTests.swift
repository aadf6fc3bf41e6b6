import Testing

@testable import FloydOS

@Suite("The kernel's log")
struct KernelLogTests {
    private static func records(_ group: String, pid: Int, _ name: String, anonymous: Int) -> [String] {
        [
            "6,1,28721618465,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
                + "oom_memcg=/a/\(group),task_memcg=/a/\(group),task=\(name),pid=\(pid),uid=1700000002\n",
            "3,2,28721618483,-;Memory cgroup out of memory: Killed process \(pid) (\(name)) total-vm:63012kB, "
                + "anon-rss:\(anonymous)kB, file-rss:1024kB, shmem-rss:1024kB, UID:1700000002 pgtables:160kB\n",
        ]
    }

    @Test("names the largest process that was killed in the group, and no other's")
    func largest() {
        let records =
            Self.records("other.1", pid: 5, "huge", anonymous: 1 << 30)
            + Self.records("job.1", pid: 6, "small", anonymous: 1024)
            + ["6,3,1,-;eth0: link up\n", "3,4,1,-;Killed process nonsense\n"]
            + Self.records("job.1", pid: 7, "odd (name) total", anonymous: 8192)
            + Self.records("job.11", pid: 8, "other", anonymous: 1 << 30)
        #expect(
            KernelLog.largestKill(inGroup: "job.1", records)
                == KernelLog.Kill(name: "odd (name) total", memory: 10 << 20)
        )
        #expect(KernelLog.largestKill(inGroup: "job.2", records) == nil)
        #expect(
            KernelLog.largestKill(inGroup: "job.1", Array(records.dropFirst(2).filter { $0.contains("Killed") })) == nil
        )
    }
}
