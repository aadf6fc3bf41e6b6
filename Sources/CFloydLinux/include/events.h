#ifndef FLOYD_EVENTS_H
#define FLOYD_EVENTS_H

// No system header here: the types it declares would count as this module's in Swift, and no longer as Glibc's.

/// CLOCK_BOOTTIME, which goes on while the machine sleeps and never jumps.
long long floyd_boot_nanoseconds(void);
/// A timer on CLOCK_BOOTTIME, close-on-exec and non-blocking; and its absolute deadline, 0 for none.
int floyd_boot_timer(void);
int floyd_boot_timer_set(int timer, long long deadline);

/// signalfd(2) for these signals, which are blocked, close-on-exec and non-blocking; and the next of them, 0 for none.
int floyd_signals(const int *signals, int count);
int floyd_next_signal(int signals);

/// An epoll(7) set of descriptors to read from, level-triggered.
int floyd_watch_create(void);
int floyd_watch_add(int watch, int file);
int floyd_watch_remove(int watch, int file);
/// Waits for as long as it takes; returns how many descriptors it wrote to `ready`, or -1.
int floyd_watch_wait(int watch, int *ready, int capacity, int milliseconds);
/// eventfd(2), close-on-exec and non-blocking.
int floyd_event(void);

/// inotify(7), close-on-exec and non-blocking.
int floyd_inotify(void);
/// Watches what is written, closed after writing, or moved to its name in a folder.
int floyd_inotify_add(int inotify, const char *folder);
int floyd_inotify_remove(int inotify, int watch);

/// One entry of what read(2) gives of an inotify descriptor.
struct floyd_inotify_entry {
    int watch;
    /// The name ends with NUL; empty for the folder itself.
    const char *name;
    int modified;
    int closed;
    int moved_to;
    /// The kernel's queue was full: events are missing.
    int overflowed;
    /// The watch is gone, for its folder is.
    int ignored;
};
/// Takes the entry at `*offset` of `length` bytes and moves the offset on; 0 at the end.
int floyd_inotify_next(const void *buffer, int length, int *offset, struct floyd_inotify_entry *entry);

#endif
