import FloydOS

/// What tells one run of the kernel from the next.
enum BootID {
    /// The id of this boot (`/proc/sys/kernel/random/boot_id`, random(4)).
    static func current() throws(SystemError) -> [UInt8] {
        try DurableFile.read("/proc/sys/kernel/random/boot_id", limit: 4_096) ?? []
    }
}
