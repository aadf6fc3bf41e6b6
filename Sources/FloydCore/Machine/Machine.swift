internal import FloydModel
internal import Glibc

/// A graphics card.
struct GPU: Sendable, Hashable {
    /// As `nvidia-smi` counts.
    var index: Int
    /// What `CUDA_VISIBLE_DEVICES` takes whatever other cards a process sees; nil where the driver says nothing of it.
    var uuid: String?
    /// The number of its device node, `/dev/nvidia0` for example; nil where the driver says nothing of it.
    var minor: Int?
}

/// What this machine has for jobs.
struct Machine: Sendable, Hashable {
    let cpus: Int
    /// Bytes.
    let memory: Int64
    /// In the order in which they are given out.
    let gpus: [GPU]

    /// What the config sets, and what is found where it says nothing.
    ///
    /// - Parameter found: the cards that the driver knows.
    init(declared: ServerConfiguration.DeclaredResources, found: [GPU]) {
        cpus = declared.cpus ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        memory = declared.memory ?? Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE)))
        gpus = declared.gpus?.map { index in found.first { $0.index == index } ?? GPU(index: index) } ?? found
    }

    var total: Resources {
        Resources(cpus: cpus, memory: memory, gpus: gpus.count)
    }

    /// The value of `CUDA_VISIBLE_DEVICES` for a job that got these cards: empty for none, which hides all.
    func visibleDevices(_ indices: [Int]) -> String {
        indices.map { index in gpus.first { $0.index == index }?.uuid ?? String(index) }.joined(separator: ",")
    }

    /// The device nodes that a job with these cards needs, of those in `existing`.
    func deviceNodes(_ indices: [Int], existing: (String) -> Bool) -> [String] {
        guard !indices.isEmpty else { return [] }
        let cards = indices.map { index in "/dev/nvidia\(gpus.first { $0.index == index }?.minor ?? index)" }
        let shared = ["/dev/nvidiactl", "/dev/nvidia-uvm", "/dev/nvidia-uvm-tools", "/dev/nvidia-modeset"]
        return (cards + shared).filter(existing)
    }
}
