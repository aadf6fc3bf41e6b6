#define _GNU_SOURCE
#include "files.h"

#include <sched.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/uio.h>
#include <unistd.h>

int floyd_open_beneath(int folder, const char *path, int flags, unsigned mode) {
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = (unsigned long long)(unsigned)flags | O_CLOEXEC;
    /* openat2 refuses a mode where nothing is made; glibc's __O_TMPFILE holds O_DIRECTORY, so all its bits count. */
    if ((flags & O_CREAT) || (flags & __O_TMPFILE) == __O_TMPFILE) how.mode = mode;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

int floyd_clone(int to, int from) { return ioctl(to, FICLONE, from); }

int floyd_clone_range(int to, long at, int from, long offset, long length) {
    struct file_clone_range range = {
        .src_fd = from, .src_offset = (unsigned long)offset, .src_length = (unsigned long)length, .dest_offset = (unsigned long)at};
    return ioctl(to, FICLONERANGE, &range);
}

int floyd_open(const char *path, int flags, unsigned mode) { return open(path, flags | O_CLOEXEC, mode); }

int floyd_openat(int folder, const char *path, int flags, unsigned mode) {
    return openat(folder, path, flags | O_CLOEXEC, mode);
}

int floyd_allocate(int file, long size) { return fallocate(file, FALLOC_FL_KEEP_SIZE, 0, size); }

int floyd_is_in_memory(int file) {
    struct statfs system;
    return fstatfs(file, &system) == 0 && system.f_type == TMPFS_MAGIC;
}

int floyd_punch_hole(int file, long offset, long length) {
    return fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
}

int floyd_start_writing(int file, long offset, long length) {
    return sync_file_range(file, offset, length, SYNC_FILE_RANGE_WRITE);
}

long floyd_last_byte(const void *bytes, int value, size_t count) {
    const char *found = memrchr(bytes, value, count);
    return found ? found - (const char *)bytes : -1;
}

long floyd_seek_data(int file, long offset) { return lseek(file, offset, SEEK_DATA); }
long floyd_seek_hole(int file, long offset) { return lseek(file, offset, SEEK_HOLE); }

long floyd_read_at_once(int file, void *buffer, size_t count, long offset) {
    struct iovec part = {.iov_base = buffer, .iov_len = count};
    return preadv2(file, &part, 1, offset, RWF_NOWAIT);
}

int floyd_syncfs(int file) { return syncfs(file); }

int floyd_rename_new(const char *from, const char *to) {
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}

long floyd_copy_range(int from, int to, size_t length) { return copy_file_range(from, NULL, to, NULL, length, 0); }

int floyd_name_thread(const char *name) { return pthread_setname_np(pthread_self(), name); }

void floyd_yield_to_all(void) {
    struct sched_param none = {0};
    sched_setscheduler(0, SCHED_IDLE, &none);
    /* No header has these: IOPRIO_WHO_PROCESS 1, IOPRIO_CLASS_IDLE 3 above 13 bits of data (ioprio_set(2)). */
    syscall(SYS_ioprio_set, 1, 0, 3 << 13);
}
