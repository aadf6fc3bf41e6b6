#ifndef FLOYD_MEMORY_H
#define FLOYD_MEMORY_H

/// mallopt(3) with M_ARENA_MAX, of which glibc makes up to eight for each processor otherwise.
void floyd_limit_arenas(int count);

/// malloc_trim(3), and madvise(2) with MADV_DONTNEED for the program's and its libraries' segments that can't be written: their
/// pages are the files', and come back from there when they are used.
void floyd_release_memory(void);

#endif
