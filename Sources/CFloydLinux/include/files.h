#ifndef FLOYD_FILES_H
#define FLOYD_FILES_H

#include <stddef.h>

/// openat2(2) with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and RESOLVE_NO_MAGICLINKS: glibc has no wrapper for it.
/// Returns a descriptor, or -1 with errno set.
int floyd_open_beneath(int folder, const char *path, int flags, unsigned mode);

/// ioctl(2) FICLONE: the whole of `from` becomes the content of `to`, sharing blocks. ioctl is variadic, so Swift can't call it.
int floyd_clone(int to, int from);
/// The same with FICLONERANGE: `length` bytes of `from` from `offset` on, to where `at` says.
int floyd_clone_range(int to, long at, int from, long offset, long length);

/// open(2) and openat(2) with a mode: variadic, too.
int floyd_open(const char *path, int flags, unsigned mode);
int floyd_openat(int folder, const char *path, int flags, unsigned mode);

// What glibc declares under _GNU_SOURCE alone, and Swift's Glibc module therefore lacks; each is the call of its name.

/// fallocate(2) with FALLOC_FL_KEEP_SIZE.
int floyd_allocate(int file, long size);
/// Whether fstatfs(2) says that the file is on a tmpfs.
int floyd_is_in_memory(int file);
/// fallocate(2) with FALLOC_FL_PUNCH_HOLE: the bytes are NUL from then on, and take no room.
int floyd_punch_hole(int file, long offset, long length);
/// sync_file_range(2) with SYNC_FILE_RANGE_WRITE: the kernel begins to write the range to the disk; nobody waits.
int floyd_start_writing(int file, long offset, long length);

/// memrchr(3): where the last byte of that value stands, or -1.
long floyd_last_byte(const void *bytes, int value, size_t count);
/// lseek(2) with SEEK_DATA and SEEK_HOLE, and pread(2) of what is in memory (RWF_NOWAIT).
long floyd_seek_data(int file, long offset);
long floyd_seek_hole(int file, long offset);
long floyd_read_at_once(int file, void *buffer, size_t count, long offset);
int floyd_syncfs(int file);
/// renameat2(2) with RENAME_NOREPLACE: EEXIST where the name is there, EINVAL where the file system doesn't know the flag.
int floyd_rename_new(const char *from, const char *to);
/// copy_file_range(2) from and to the files' own offsets.
long floyd_copy_range(int from, int to, size_t length);
/// Names the calling thread (pthread_setname_np(3)); at most 15 bytes.
int floyd_name_thread(const char *name);
/// Puts the calling thread into the idle classes of processors and disks.
void floyd_yield_to_all(void);

#endif
