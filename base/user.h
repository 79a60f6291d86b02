/* base/user.h: root giving up its rights for good. */
#ifndef PURSER_BASE_USER_H
#define PURSER_BASE_USER_H

#include "base/err.h"

#include <sys/types.h>

/* Become uid and gid without supplementary groups; cannot be undone. E_SYS. */
enum rc user_become(uid_t uid, gid_t gid, struct err *e) MUST_CHECK;

#endif
