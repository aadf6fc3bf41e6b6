internal import CFloydLinux

/// The process's heap.
public enum Heap {
    /// Keeps what threads have freed from piling up. Without, each thread may have a heap of its own that never shrinks, and a large block that was
    /// freed once makes larger ones part of it (mallopt(3), M_MMAP_THRESHOLD). Does too little once
    /// there are threads.
    public static func bound() {
        // Pieces of bodies have half a megabyte at most, and are far too many to be mapped one by one; windows over files have more, and would tear
        // holes into a heap that is shared with what lives longer.
        floyd_bound_heap(2, 1 << 19 | 1 << 15, 1 << 20)
    }
}
