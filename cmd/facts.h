/* cmd/facts.h: what is known of providers and first steps, for a command that must go on whatever is wrong with it. */
#ifndef PURSER_CMD_FACTS_H
#define PURSER_CMD_FACTS_H

#include "cmd/cmd.h"
#include "wallet/firststeps.h"
#include "wallet/providers.h"

struct facts {
	struct providers *providers;    /* NULL only without memory */
	struct firststeps *steps;       /* NULL: cannot be read */
	bool zh;                        /* texts in Chinese */
	int64_t now_ms;
	struct err shipped, own;        /* rc OK, or why the shipped files, the user's own file were left out */
};
/* Never fails: what cannot be read is left out, and said in shipped and own. */
void facts_load(struct facts *out, const struct session *s);
void facts_free(struct facts *f);
/* The user's own file: providers.txt below --home, else $XDG_CONFIG_HOME/purser/providers.txt. "" where there is no
 * home. It need not exist. */
void facts_own_path(struct buf *out, const struct session *s);
/* One warning for each part that was left out. */
void facts_warn(struct session *s, const struct facts *f);
/* Is the language of messages Chinese? The catalogue itself says so. */
bool lang_chinese(void);

#endif
