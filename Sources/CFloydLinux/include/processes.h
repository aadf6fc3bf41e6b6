#ifndef FLOYD_PROCESSES_H
#define FLOYD_PROCESSES_H

// No system header here: the types it declares would count as this module's in Swift, and no longer as Glibc's.

/// A program to start.
struct floyd_spawn {
    const char *program;
    /// Both end with NULL.
    char *const *arguments;
    char *const *environment;
    /// The working directory, or NULL for the caller's.
    const char *folder;
    /// What the program has as descriptors 0, 1, 2, ...; it inherits no other.
    const int *descriptors;
    int descriptor_count;
    unsigned umask;
    /// setsid(2).
    int new_session;
    /// PR_SET_PDEATHSIG with SIGKILL.
    int dies_with_parent;
    /// Makes the program a child of whoever adopts orphans instead of the caller's.
    int detached;
};

/// What a new process did last, where it failed.
enum floyd_spawn_step {
    floyd_spawn_clone,
    floyd_spawn_session,
    floyd_spawn_folder,
    floyd_spawn_descriptors,
    floyd_spawn_exec,
};

/// Starts a program by vfork(2), with all signals at their defaults and none blocked. Returns 0 and its pid as soon as it has been
/// executed, or an error number and the step that failed; nothing is left of it then.
int floyd_spawn(const struct floyd_spawn *command, int *pid, int *step);

/// fork(2), which Swift can't call: the new process runs the caller's program on, in the surroundings that the command would have; its
/// program, arguments and environment don't matter. Returns 0 there, and here its pid or -1. A process of one thread is meant.
int floyd_fork(const struct floyd_spawn *surroundings);

int floyd_pidfd_open(int pid);
int floyd_pidfd_signal(int pidfd, int signal);

/// close_range(2) from `first` to the end.
int floyd_close_from(int first);
/// memfd_create(2), close-on-exec.
int floyd_memory_file(const char *name);
/// F_SETPIPE_SZ.
int floyd_set_pipe_size(int pipe, int size);
/// F_SETFD with FD_CLOEXEC; F_SETFL with O_NONBLOCK.
int floyd_set_close_on_exec(int file);
int floyd_set_nonblocking(int file);

/// prctl(2), variadic as it is.
int floyd_set_child_subreaper(void);
int floyd_set_undumpable(void);
int floyd_set_name(const char *name);
int floyd_set_parent_death_signal(int signal);

#endif
