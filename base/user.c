/* base/user.c: see user.h. */
#include "base/user.h"

#include <grp.h>
#include <unistd.h>

enum rc
user_become(uid_t uid, gid_t gid, struct err *e)
{
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
		return err_sys(e, E_SYS, N_("cannot become another user"));
	return OK;
}
