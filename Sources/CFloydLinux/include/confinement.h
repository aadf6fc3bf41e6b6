#ifndef FLOYD_CONFINEMENT_H
#define FLOYD_CONFINEMENT_H

// No system header here: the types it declares would count as this module's in Swift, and no longer as Glibc's.

/// unshare(2) of network, IPC, host name and mounts, where `user` is set into a user namespace of their own, in which an ordinary user may do so.
/// Returns 0, or -1 with errno set.
int floyd_leave_namespaces(int user);

#endif
