#define _GNU_SOURCE
#include "privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int holds_any_capability(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) != 0) return 1;
    for (int half = 0; half < 2; half++) {
        if (data[half].effective | data[half].permitted | data[half].inheritable) return 1;
    }
    // The ambient set is empty, for it never holds what isn't both permitted and inheritable (capabilities(7)).
    int held;
    for (int capability = 0; (held = prctl(PR_CAPBSET_READ, capability, 0, 0, 0)) >= 0; capability++) {
        if (held == 1) return 1;
    }
    return 0;
}

int floyd_drop_privileges(int change, unsigned uid, unsigned gid, int *step) {
    // The bounding set first: that takes CAP_SETPCAP. A set that is empty already needs no right.
    *step = floyd_privilege_bounding;
    int held;
    for (int capability = 0; (held = prctl(PR_CAPBSET_READ, capability, 0, 0, 0)) >= 0; capability++) {
        if (held == 0) continue;
        // An ordinary user may not empty it, nor use it: PR_SET_NO_NEW_PRIVS below keeps anything of it from being gained.
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && change) return errno;
    }
    *step = floyd_privilege_ambient;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return errno;
    if (change) {
        *step = floyd_privilege_groups;
        if (setgroups(0, NULL) != 0) return errno;
        *step = floyd_privilege_group;
        if (setresgid(gid, gid, gid) != 0) return errno;
        *step = floyd_privilege_user;
        if (setresuid(uid, uid, uid) != 0) return errno;
    }
    // Leaving uid 0 empties the permitted and effective sets but not the inheritable one (capabilities(7)).
    *step = floyd_privilege_capabilities;
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2];
    memset(none, 0, sizeof none);
    if (syscall(SYS_capset, &header, none) != 0) return errno;
    *step = floyd_privilege_growth;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;

    if (!change) return 0;
    *step = floyd_privilege_check;
    uid_t real, effective, saved;
    if (getresuid(&real, &effective, &saved) != 0) return errno;
    if (real != uid || effective != uid || saved != uid || uid == 0) return EPERM;
    gid_t real_group, effective_group, saved_group;
    if (getresgid(&real_group, &effective_group, &saved_group) != 0) return errno;
    if (real_group != gid || effective_group != gid || saved_group != gid) return EPERM;
    if (getgroups(0, NULL) != 0 || holds_any_capability()) return EPERM;
    return 0;
}
