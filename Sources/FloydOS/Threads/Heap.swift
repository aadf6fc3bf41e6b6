internal import CFloydLinux

/// The memory of the process.
public enum Heap {
    /// Lets all threads share `count` heaps. Left to itself glibc gives one to each of the threads that wait for disks, which keeps what its
    /// thread has ever needed at once: half of a daemon's memory. Called before threads start.
    public static func limit(to count: Int32) {
        floyd_limit_heaps(count)
    }
}
