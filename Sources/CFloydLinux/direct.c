#define _GNU_SOURCE
#include "direct.h"

// Not together with sys/stat.h, which declares the same structure without these fields.
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

long floyd_direct_alignment(int file) {
#ifdef STATX_DIOALIGN
    struct statx status;
    if (syscall(SYS_statx, file, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) != 0) return 0;
    if (!(status.stx_mask & STATX_DIOALIGN)) return 0;
    unsigned offset = status.stx_dio_offset_align, memory = status.stx_dio_mem_align;
    return offset == 0 ? 0 : offset > memory ? offset : memory;
#else
    (void)file;
    return 0;
#endif
}
