internal import FloydModel
internal import FloydOS
public import Logging

extension Daemon {
    /// A line for the log at start.
    public struct Notice: Sendable, Hashable {
        public var level: Logger.Level
        public var text: String
    }
}

extension Daemon.Notice {
    static func all(_ ground: Groundwork, _ configuration: ServerConfiguration) -> [Self] {
        [
            resources(ground), limits(ground), isolation(ground, configuration), users(ground, configuration),
            installer(ground, configuration),
        ].compactMap { $0 }
    }

    private static func resources(_ ground: Groundwork) -> Self {
        let total = ground.machine.total
        return Self(
            level: .info,
            text: "jobs may use \(total.cpus) CPUs, \(total.memory >> 20) MiB and \(total.gpus) GPUs"
        )
    }

    private static func limits(_ ground: Groundwork) -> Self {
        switch ground.cgroups.enforcement {
        case .cgroup2:
            Self(level: .info, text: "the kernel holds each job's memory and processes to their limits (cgroup v2)")
        case .cgroup1:
            Self(level: .info, text: "the kernel holds each job's memory and processes to their limits (cgroup v1)")
        case .watch:
            Self(
                level: .notice,
                text: "no control groups can be made here: workers look at each job's memory and processes several "
                    + "times a second; run as root, or have memory and pids delegated (systemd: Delegate=yes), "
                    + "and the kernel does that"
            )
        }
    }

    private static func isolation(_ ground: Groundwork, _ configuration: ServerConfiguration) -> Self? {
        if let refusal = ground.jail.refusal { return Self(level: .error, text: "jobs are refused: \(refusal)") }
        guard configuration.isolation == .none else { return nil }
        return Self(level: .warning, text: "isolation is none: jobs are not kept apart from this machine")
    }

    private static func installer(_ ground: Groundwork, _ configuration: ServerConfiguration) -> Self? {
        guard let uv = ground.environments.uv else {
            return Self(level: .warning, text: "uv was not found, so environments can't be built: pip install uv")
        }
        // A sandbox shows it to the builder wherever it is.
        guard configuration.isolation == .none, ground.identities.range != nil,
            let closed = try? PathAccess.firstClosed(above: uv)
        else { return nil }
        return Self(
            level: .warning,
            text:
                "environments can't be built: \(closed) keeps their builder from \(uv); install uv into /usr/local/bin"
        )
    }

    private static func users(_ ground: Groundwork, _ configuration: ServerConfiguration) -> Self {
        guard let range = ground.identities.range else {
            return Self(
                level: .notice,
                text: "all jobs run as the service's own user; "
                    + (configuration.isolation == .none ? "nothing keeps" : "namespaces alone keep") + " accounts apart"
            )
        }
        return Self(level: .info, text: "each account's jobs run under a uid of their own, from \(range.first) on")
    }
}
