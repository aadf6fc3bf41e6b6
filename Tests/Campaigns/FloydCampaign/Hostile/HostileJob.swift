import FloydModel

/// A job that harms others if it can, and what is to become of it.
struct HostileJob: Sendable {
    enum Course: Sendable {
        /// It ends, or is ended, by itself within so many seconds.
        case ends(within: Int, JobOutcome, code: Int? = nil, reason: String? = nil)
        /// Somebody stops it after so many milliseconds.
        case stopped(after: Int64)
    }

    let name: String
    var instanceType = "cpu"
    let script: String
    let course: Course

    /// - Parameter secret: what a job of another account keeps for itself; see `Secret`.
    static func all(_ isolation: Isolation) -> [HostileJob] {
        [
            HostileJob(
                name: "fork bomb",
                instanceType: "small",
                script: "bomb() { bomb | bomb & }; bomb; while :; do sleep 1; done",
                // It is refused more processes and goes on with those it has; bash tries again for a long time.
                course: .stopped(after: 4000)
            ),
            HostileJob(
                name: "memory hog",
                instanceType: "small",
                script: "exec python3 -c 'hog = []\nwhile True: hog.append(b\"x\" * (1 << 20))'",
                course: .ends(within: 30, .failed, reason: "memory")
            ),
            HostileJob(
                name: "memory hog of many",
                instanceType: "small",
                script:
                    "for i in 1 2 3 4 5 6; do python3 -c 'import time\nhog = b\"x\" * (48 << 20)\ntime.sleep(60)' & done; wait",
                course: .ends(within: 30, .failed, reason: "memory")
            ),
            HostileJob(
                name: "disk filler",
                instanceType: "small",
                script: "head -c 2G /dev/zero > \"$FLOYD_OUTPUT/big\"; sleep 60",
                course: .ends(within: 30, .failed, reason: "disk")
            ),
            HostileJob(
                name: "disk filler with small files",
                instanceType: "small",
                script: "i=0; while :; do i=$((i + 1)); head -c 1M /dev/zero > \"$TMPDIR/$i\"; done",
                course: .ends(within: 60, .failed, reason: "disk")
            ),
            HostileJob(
                name: "line of 1 GB",
                script: "head -c 1000000000 /dev/zero | tr '\\0' x",
                course: .ends(within: 120, .success)
            ),
            HostileJob(name: "flat-out printer", script: "yes 'all work and no play'", course: .stopped(after: 4000)),
            HostileJob(name: "flat-out without lines", script: "cat /dev/zero", course: .stopped(after: 4000)),
            HostileJob(
                name: "closed descriptors",
                script: "exec 0<&- 1>&- 2>&-; sleep 1; exit 4",
                course: .ends(within: 20, .failed, code: 4)
            ),
            HostileJob(
                name: "deleted working directory",
                script: "rm -rf \"$FLOYD_HOME\"/* \"$FLOYD_HOME\" 2>&1; cd /; sleep 1; exit 5",
                course: .ends(within: 20, .failed, code: 5)
            ),
            HostileJob(
                name: "deleted output and temporary files",
                script: "rm -rf \"$FLOYD_OUTPUT\"/* \"$FLOYD_OUTPUT\" \"$TMPDIR\" 2>&1; sleep 1; exit 6",
                course: .ends(within: 20, .failed, code: 6)
            ),
            HostileJob(
                name: "SIGTERM ignored",
                script: "trap '' TERM HUP INT QUIT; while :; do sleep 1; done",
                course: .stopped(after: 1000)
            ),
            HostileJob(
                name: "setsid twice",
                script: """
                    trap '' TERM
                    setsid setsid bash -c 'trap "" TERM; while :; do sleep 1; done' &
                    setsid bash -c 'setsid bash -c "trap \\"\\" TERM; while :; do sleep 1; done" & sleep 100' &
                    while :; do sleep 1; done
                    """,
                course: .stopped(after: 1000)
            ),
            HostileJob(
                name: "double fork, left behind",
                script: "(setsid bash -c '(trap \"\" TERM; while :; do sleep 1; done) &' &); sleep 0.5; exit 0",
                course: .ends(within: 20, .success, code: 0)
            ),
            HostileJob(
                name: "fork and run away",
                script: "run() { (sleep 0.01; run) & }; for i in 1 2 3 4; do run; done; while :; do sleep 1; done",
                course: .stopped(after: 2000)
            ),
            HostileJob(
                name: "kill everybody",
                script: "kill -9 -1 2>&1; sleep 0.5; exit 9",
                course: .ends(within: 20, .failed)
            ),
            HostileJob(
                name: "reader of others' data",
                script: Secret.thief(isolation),
                course: .ends(within: 120, .success, code: 0)
            ),
        ]
    }

    typealias Isolation = Secret.Isolation
}
