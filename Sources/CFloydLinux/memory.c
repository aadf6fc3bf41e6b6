#include "memory.h"

#include <malloc.h>

void floyd_bound_heap(int arenas, int mapped_from) {
    mallopt(M_ARENA_MAX, arenas);
    mallopt(M_MMAP_THRESHOLD, mapped_from);
}
