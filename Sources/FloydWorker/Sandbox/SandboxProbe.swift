internal import FloydOS
internal import FloydRun
internal import Glibc

/// Tries whether a job's sandbox can be made here, with everything that a job's has. Prints nothing if so, else one line with the reason.
struct SandboxProbe {
    private let program: String
    private let identity: UserIdentity?

    /// Nil if the arguments are not `BUBBLEWRAP [UID GID]`.
    init?(_ arguments: ArraySlice<String>) {
        let arguments = Array(arguments)
        switch arguments.count {
        case 1: identity = nil
        case 3:
            guard let uid = UInt32(arguments[1]), let gid = UInt32(arguments[2]) else { return nil }
            identity = UserIdentity(uid: uid, gid: gid)
        default: return nil
        }
        program = arguments[0]
    }

    func run() -> Int32 {
        var template = Array("/tmp/floydlite-probe-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return say(SystemError("mkdtemp", path: "/tmp").description) }
        let run = RunDirectory(String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self))
        defer { try? Folder.removeTree(run.path) }
        do {
            for folder in [run.home, run.output, run.temporary] {
                try Folder.create(folder)
                guard let identity else { continue }
                try FileDescriptor.open(folder, O_RDONLY | O_DIRECTORY)
                    .changeOwner(uid: identity.uid, gid: identity.gid)
            }
            var spec = RunSpec(
                jobID: "probe",
                jobName: "probe",
                attempt: 1,
                command: "exit 0",
                isolation: .bubblewrap(program: program)
            )
            spec.identity = identity
            let worker = UserIdentity.effective
            if let refusal = Attempt.refusal(of: spec, worker) { return say(refusal) }
            let supervisor = try Supervisor(log: try LogSink(run))
            let plan = JobPlan(spec: spec, run: run, worker: worker).stage(try HostLayout.read())
            let verdict = Verdict(try supervisor.run(plan), plan: plan)
            return verdict.outcome == .success ? 0 : say(verdict.reason ?? verdict.outcome.rawValue)
        } catch {
            return say("\(error)")
        }
    }

    private func say(_ reason: String) -> Int32 {
        _ = "\(reason)\n".withCString { Glibc.write(1, $0, strlen($0)) }
        return 1
    }
}
