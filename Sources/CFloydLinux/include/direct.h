#ifndef FLOYD_DIRECT_H
#define FLOYD_DIRECT_H

/// What the memory, the offsets and the lengths of transfers with O_DIRECT must be multiples of for this file: statx(2), STATX_DIOALIGN.
/// 0 where there are none, or the kernel (before 6.1) doesn't say.
long floyd_direct_alignment(int file);

#endif
