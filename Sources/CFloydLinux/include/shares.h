#ifndef FLOYD_SHARES_H
#define FLOYD_SHARES_H

/// Leaves what is shared without a file or a namespace of its own: the session's keyring (session-keyring(7)), for a new empty one, and,
/// where the kernel can (Landlock ABI 6, landlock(7)), abstract sockets of processes outside and signals to them. What the system doesn't
/// know or refuses is left out. Wants PR_SET_NO_NEW_PRIVS set before; it binds this thread and what it starts.
void floyd_leave_shares(void);

#endif
