#define _GNU_SOURCE
#include "processes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/// What the new process tells its parent through the memory that they share until it executes.
struct outcome {
    volatile int error;
    volatile int step;
    volatile int pid;
};

static int fail(struct outcome *outcome, int step) {
    outcome->step = step;
    outcome->error = errno;
    return -1;
}

enum { maximum_descriptors = 64 };

/// Puts each descriptor at its place. They first move out of the way, since a place may be another's origin.
static int arrange(const struct floyd_spawn *command) {
    int count = command->descriptor_count;
    if (count > maximum_descriptors) {
        errno = E2BIG;
        return -1;
    }
    int above = count;
    for (int place = 0; place < count; place++) {
        if (command->descriptors[place] >= above) above = command->descriptors[place] + 1;
    }
    int away[maximum_descriptors];
    for (int place = 0; place < count; place++) {
        away[place] = fcntl(command->descriptors[place], F_DUPFD, above);
        if (away[place] < 0) return -1;
    }
    for (int place = 0; place < count; place++) {
        if (dup2(away[place], place) < 0) return -1;
    }
    return floyd_close_from(count);
}

/// Makes the new process what the program is to find. Returns 0, or -1 with the step noted.
static int prepare(const struct floyd_spawn *command, struct outcome *outcome) {
    struct sigaction reset = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) {
        struct sigaction old;
        if (sigaction(number, NULL, &old) == 0 && old.sa_handler != SIG_DFL) sigaction(number, &reset, NULL);
    }
    if (command->new_session && setsid() < 0) return fail(outcome, floyd_spawn_session);
    if (command->dies_with_parent) prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (command->folder && chdir(command->folder) != 0) return fail(outcome, floyd_spawn_folder);
    if (arrange(command) != 0) return fail(outcome, floyd_spawn_descriptors);
    umask(command->umask);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    return 0;
}

static void become(const struct floyd_spawn *command, struct outcome *outcome) {
    if (prepare(command, outcome) != 0) return;
    execve(command->program, command->arguments, command->environment);
    fail(outcome, floyd_spawn_exec);
}

/// The child and, where the program is to be detached, the grandchild. Calls nothing that takes a lock: the parent's memory is shared.
static void run_child(const struct floyd_spawn *command, struct outcome *outcome) {
    if (command->detached) {
        pid_t grandchild = vfork();
        if (grandchild < 0) {
            fail(outcome, floyd_spawn_clone);
            _exit(127);
        }
        if (grandchild > 0) {
            outcome->pid = grandchild;
            _exit(0);
        }
    }
    become(command, outcome);
    _exit(127);
}

int floyd_spawn(const struct floyd_spawn *command, int *pid, int *step) {
    struct outcome outcome = {0, 0, 0};
    sigset_t all, previous;
    sigfillset(&all);
    // A handler must not run in the child, whose memory is this process's.
    sigprocmask(SIG_BLOCK, &all, &previous);
    pid_t child = vfork();
    if (child == 0) run_child(command, &outcome);
    if (child < 0) fail(&outcome, floyd_spawn_clone);
    sigprocmask(SIG_SETMASK, &previous, NULL);
    if (child > 0 && (command->detached || outcome.error)) {
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    }
    *step = outcome.step;
    if (outcome.error) return outcome.error;
    *pid = command->detached ? outcome.pid : child;
    return 0;
}

int floyd_fork(const struct floyd_spawn *surroundings) {
    struct outcome outcome = {0, 0, 0};
    sigset_t all, previous;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &previous);
    pid_t child = fork();
    if (child == 0) {
        if (prepare(surroundings, &outcome) != 0) _exit(127);
        return 0;
    }
    int error = errno;
    sigprocmask(SIG_SETMASK, &previous, NULL);
    errno = error;
    return child;
}

int floyd_pidfd_open(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int floyd_pidfd_signal(int pidfd, int signal) { return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0); }

int floyd_close_from(int first) { return (int)syscall(SYS_close_range, first, ~0U, 0); }

int floyd_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int floyd_set_pipe_size(int pipe, int size) { return fcntl(pipe, F_SETPIPE_SZ, size); }

int floyd_set_close_on_exec(int file) { return fcntl(file, F_SETFD, FD_CLOEXEC); }

int floyd_set_nonblocking(int file) { return fcntl(file, F_SETFL, O_NONBLOCK); }

int floyd_set_child_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int floyd_set_undumpable(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

int floyd_set_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

int floyd_set_parent_death_signal(int signal) { return prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0); }
