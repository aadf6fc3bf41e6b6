#ifndef FLOYD_PRIVILEGES_H
#define FLOYD_PRIVILEGES_H

/// What was being done when privileges could not be dropped.
enum floyd_privilege_step {
    floyd_privilege_bounding,
    floyd_privilege_ambient,
    floyd_privilege_groups,
    floyd_privilege_group,
    floyd_privilege_user,
    floyd_privilege_capabilities,
    floyd_privilege_growth,
    floyd_privilege_check,
};

/// Makes the calling process (of one thread) `uid` and `gid` alone where `change` is set: no other group. In any case all five
/// capability sets are empty afterwards and PR_SET_NO_NEW_PRIVS is on; that is read back, not assumed.
/// Returns 0, or an error number and the step.
int floyd_drop_privileges(int change, unsigned uid, unsigned gid, int *step);

#endif
