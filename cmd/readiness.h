/* cmd/readiness.h: what would be missing if it happened tonight: as far as it is seen without a key. Changes nothing. */
#ifndef PURSER_CMD_READINESS_H
#define PURSER_CMD_READINESS_H

#include "cmd/cmd.h"

enum lack_weight { LACK_HIGH, LACK_MEDIUM, LACK_LOW };
const char *lack_weight_name(enum lack_weight w);       /* "high" ... */

struct lack { enum lack_weight weight; char *account, *what, *why, *fix; };      /* owned; account "": none */
struct lacks { size_t n, cap; struct lack *l; bool failed; };
void lacks_free(struct lacks *all);
/* Of the session's store, worst first; no store is one finding. What a card or keys file that cannot be read would have told is
 * left out. E_NOMEM. */
enum rc lacks_find(struct lacks *out, const struct session *s, struct err *e) MUST_CHECK;
/* Lines, or objects `finding`. */
enum rc lacks_say(struct session *s, const struct lacks *all, struct err *e) MUST_CHECK;

#endif
