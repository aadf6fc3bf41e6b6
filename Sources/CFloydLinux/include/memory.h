#ifndef FLOYD_MEMORY_H
#define FLOYD_MEMORY_H

/// mallopt(3): so many arenas at most, and blocks from that size on are mapped one by one, and go back to the kernel when they are freed.
void floyd_bound_heap(int arenas, int mapped_from);

#endif
