#include "memory.h"

#include <malloc.h>

void floyd_bound_heap(int arenas, int mapped_from, int kept) {
    mallopt(M_ARENA_MAX, arenas);
    mallopt(M_MMAP_THRESHOLD, mapped_from);
    mallopt(M_TRIM_THRESHOLD, kept);
}
