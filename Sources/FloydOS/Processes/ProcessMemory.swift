internal import CFloydLinux

/// What a process that lives long does about its memory.
public enum ProcessMemory {
    /// Keeps the allocator from giving each thread a heap of its own, from which what other threads need is never taken. Only heaps that
    /// are made afterwards are meant, so this comes before the threads.
    public static func limitArenas(to count: Int32) {
        floyd_limit_arenas(count)
    }

    /// Gives back what is free in the heaps, and the pages of program code that nothing has used lately: the kernel brings those back
    /// from its cache when they are run.
    ///
    /// Code that is shared with other processes stays with them. Takes some milliseconds.
    public static func release() {
        floyd_release_memory()
    }
}
