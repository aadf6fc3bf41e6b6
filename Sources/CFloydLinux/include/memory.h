#ifndef FLOYD_MEMORY_H
#define FLOYD_MEMORY_H

/// mallopt(3): so many arenas at most; blocks from that size on are mapped one by one, and go back to the kernel when they are freed; and so does what
/// is more than `kept` at an arena's end.
void floyd_bound_heap(int arenas, int mapped_from, int kept);

#endif
