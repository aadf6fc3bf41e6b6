#define _GNU_SOURCE
#include "events.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

long long floyd_boot_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (long long)now.tv_sec * 1000000000 + now.tv_nsec;
}

int floyd_boot_timer(void) { return timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK); }

int floyd_boot_timer_set(int timer, long long deadline) {
    struct itimerspec setting = {
        .it_value = {.tv_sec = deadline / 1000000000, .tv_nsec = deadline % 1000000000},
    };
    return timerfd_settime(timer, TFD_TIMER_ABSTIME, &setting, NULL);
}

int floyd_signals(const int *signals, int count) {
    sigset_t set;
    sigemptyset(&set);
    for (int index = 0; index < count; index++) sigaddset(&set, signals[index]);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int floyd_next_signal(int signals) {
    struct signalfd_siginfo info;
    return read(signals, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

int floyd_watch_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int floyd_watch_add(int watch, int file) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = file};
    return epoll_ctl(watch, EPOLL_CTL_ADD, file, &event);
}

int floyd_watch_remove(int watch, int file) { return epoll_ctl(watch, EPOLL_CTL_DEL, file, NULL); }

int floyd_watch_wait(int watch, int *ready, int capacity, int milliseconds) {
    struct epoll_event events[64];
    if (capacity > 64) capacity = 64;
    int count;
    do count = epoll_wait(watch, events, capacity, milliseconds);
    while (count < 0 && errno == EINTR);
    for (int index = 0; index < count; index++) ready[index] = events[index].data.fd;
    return count;
}

int floyd_event(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int floyd_inotify(void) { return inotify_init1(IN_CLOEXEC | IN_NONBLOCK); }

int floyd_inotify_add(int inotify, const char *folder) {
    return inotify_add_watch(inotify, folder, IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR);
}

int floyd_inotify_remove(int inotify, int watch) { return inotify_rm_watch(inotify, watch); }

int floyd_inotify_next(const void *buffer, int length, int *offset, struct floyd_inotify_entry *entry) {
    struct inotify_event event;
    if (*offset + (int)sizeof event > length) return 0;
    memcpy(&event, (const char *)buffer + *offset, sizeof event);
    entry->watch = event.wd;
    entry->name = event.len > 0 ? (const char *)buffer + *offset + sizeof event : "";
    entry->modified = (event.mask & IN_MODIFY) != 0;
    entry->closed = (event.mask & IN_CLOSE_WRITE) != 0;
    entry->moved_to = (event.mask & IN_MOVED_TO) != 0;
    entry->overflowed = (event.mask & IN_Q_OVERFLOW) != 0;
    entry->ignored = (event.mask & IN_IGNORED) != 0;
    *offset += (int)(sizeof event + event.len);
    return 1;
}
