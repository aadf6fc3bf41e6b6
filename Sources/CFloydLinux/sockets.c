#define _GNU_SOURCE
#include "floyd_sockets.h"

#include <pthread.h>

static __thread void *thread_loop;

void *floyd_thread_loop(void) { return thread_loop; }

void floyd_set_thread_loop(void *loop) { thread_loop = loop; }

int floyd_peer_credentials(int descriptor, uid_t *uid, gid_t *gid, pid_t *pid) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return -1;
    *uid = credentials.uid;
    *gid = credentials.gid;
    *pid = credentials.pid;
    return 0;
}

int floyd_accept(int descriptor, struct sockaddr *address, socklen_t *length) {
    return accept4(descriptor, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

