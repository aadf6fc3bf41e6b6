#ifndef FLOYD_SOCKETS_H
#define FLOYD_SOCKETS_H

// Readiness and sockets: what Swift's Glibc module leaves out.

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/types.h>

/// The event loop that the calling thread runs, or NULL. See epoll(7).
void *floyd_thread_loop(void);
void floyd_set_thread_loop(void *loop);

/// The process at the other end of a connected Unix socket (SO_PEERCRED, unix(7)).
/// Returns 0, or -1 with errno set.
int floyd_peer_credentials(int descriptor, uid_t *uid, gid_t *gid, pid_t *pid);

/// Accepts a connection whose descriptor is non-blocking and closed on exec, accept4(2).
int floyd_accept(int descriptor, struct sockaddr *address, socklen_t *length);


#endif
