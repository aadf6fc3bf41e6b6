internal import FloydModel
internal import FloydOS
internal import Glibc

/// What this machine has for jobs.
public struct Machine: Sendable, Hashable {
    public var cpus: Int
    /// Bytes.
    public var memory: Int64
    /// The GPUs' indices as `nvidia-smi` counts them.
    public var gpus: [Int]

    /// What the config sets, and what is found where it says nothing.
    init(declared: ServerConfiguration.DeclaredResources, findGPUs: () -> [Int]) {
        cpus = declared.cpus ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        memory = declared.memory ?? Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE)))
        gpus = declared.gpus ?? findGPUs()
    }

    var total: Resources {
        Resources(cpus: cpus, memory: memory, gpus: gpus.count)
    }
}
