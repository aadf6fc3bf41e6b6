#define _GNU_SOURCE
#include "memory.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

void floyd_limit_arenas(int count) { mallopt(M_ARENA_MAX, count); }

static int release_object(struct dl_phdr_info *object, size_t size, void *page_size) {
    (void)size;
    const ElfW(Addr) mask = ~(*(const ElfW(Addr) *)page_size - 1);
    for (int index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
        /* A segment that is written to once, for relocation, has PF_W too: what is in it would be lost. */
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W)) continue;
        ElfW(Addr) start = (object->dlpi_addr + segment->p_vaddr) & mask;
        ElfW(Addr) end = (object->dlpi_addr + segment->p_vaddr + segment->p_memsz) & mask;
        if (end > start) madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

void floyd_release_memory(void) {
    malloc_trim(0);
    ElfW(Addr) page_size = (ElfW(Addr))sysconf(_SC_PAGESIZE);
    dl_iterate_phdr(release_object, &page_size);
}
