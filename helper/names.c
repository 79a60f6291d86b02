/* helper/names.c: see names.h. */
#include "helper/names.h"

#include "base/le.h"

#include <string.h>

#define PROGRAM "purser-names"

static bool
give_up(struct names *n)
{
	if (n->why.rc == OK)
		(void)err_set(&n->why, E_FAILED, N_("the helper %s failed"), PROGRAM);
	n->broken = true;
	n->running = false;
	helper_stop(&n->h);
	return false;
}

/* It ended without an answer: how, says more than that it did. */
static bool
gone(struct names *n)
{
	int status;

	if (helper_end(&n->h, &status, &n->why) == OK)
		n->why.rc = OK;
	return give_up(n);
}

/* false: no answer; *len bytes of the answer in p, which holds max. */
static bool
ask(struct names *n, enum names_op op, const void *q, size_t qlen, unsigned char *p, size_t max, size_t *len)
{
	unsigned char head[3] = { (unsigned char)op };
	size_t got;

	if (n->broken || qlen == 0 || qlen > NAMES_TEXT_MAX)
		return false;
	if (!n->running && helper_start(&n->h, PROGRAM, -1, &n->why) != OK)
		return give_up(n);
	n->running = true;
	le16_put(head + 1, (uint16_t)qlen);
	helper_send(&n->h, head, sizeof head);
	helper_send(&n->h, q, qlen);
	if (helper_receive(&n->h, head, 1, &got, &n->why) != OK)
		return give_up(n);
	if (got != 1)
		return gone(n);
	if (head[0] == 1)
		return false;
	if (head[0] != 0 || helper_receive(&n->h, head + 1, 2, &got, &n->why) != OK || got != 2)
		return give_up(n);
	*len = le16_get(head + 1);
	if (*len > max || helper_receive(&n->h, p, *len, &got, &n->why) != OK || got != *len)
		return give_up(n);
	return true;
}

static bool
ask_facts(struct names *n, enum names_op op, const char *text, struct name_facts *out)
{
	unsigned char p[NAMES_ANSWER_MAX];
	size_t len;

	if (!ask(n, op, text, strlen(text), p, sizeof p, &len))
		return false;
	return names_take(out, op, p, len) || give_up(n);
}

static bool
ask_host(void *ctx, const char *typed, struct name_facts *out)
{
	return ask_facts(ctx, NAMES_HOST, typed, out);
}

static bool
ask_line(void *ctx, const char *text, struct name_facts *out)
{
	return ask_facts(ctx, NAMES_LINE, text, out);
}

static bool
ask_keccak(void *ctx, unsigned char out[32], const void *p, size_t n)
{
	unsigned char sum[32];
	size_t len;

	if (!ask(ctx, NAMES_KECCAK, p, n, sum, sizeof sum, &len))
		return false;
	if (len != sizeof sum)
		return give_up(ctx);
	memcpy(out, sum, sizeof sum);
	return true;
}

struct name_source
names_source(struct names *n)
{
	return (struct name_source){ n, false, ask_host, ask_line, ask_keccak };
}

void
names_end(struct names *n)
{
	n->running = false;
	helper_stop(&n->h);
}
