/* store/log_checkpoint.c: see log.h. An anchor outside the machine: what the log was at a moment, signed. */
#include "store/log_int.h"

#include "base/le.h"
#include "base/num.h"
#include "base/time.h"
#include "crypto/minisig.h"

#include <stdio.h>
#include <string.h>

#define FIRST_LINE "purser log checkpoint 1"
#define TEXT_MAX 4096u

static void
add_hex(struct buf *b, const char *name, const unsigned char *p, size_t n)
{
	char hex[65];

	hex_put(hex, p, n);
	buf_addf(b, "%s %s\n", name, hex);
}

enum rc
log_checkpoint(struct log *l, const unsigned char vault_id[16], const unsigned char ek_seed[32], int64_t now_ms,
    struct buf *out, struct err *e)
{
	struct civil c = civil_from_unix(now_ms / 1000);
	BUF text = { .max = TEXT_MAX };
	BUF sig = { .max = TEXT_MAX };
	struct log_head head;
	char comment[64];
	enum rc rc;

	if ((rc = log_head(l, &head, e)) != OK)
		return rc;
	if (!head.proven)
		return err_set(e, E_DAMAGED, N_("the log and logstate do not fit together: no checkpoint"));
	buf_adds(&text, FIRST_LINE "\n");
	add_hex(&text, "vault", vault_id, 16);
	add_hex(&text, "pk0", l->pk0, PK_LEN);
	if (head.any)
		buf_addf(&text, "seq %llu\n", (unsigned long long)head.seq);
	else
		buf_adds(&text, "seq none\n");
	add_hex(&text, "head", head.hash, HASH_LEN);
	buf_addf(&text, "time %04d-%02u-%02uT%02u:%02u:%02uZ\n", (int)c.year, c.month, c.day, c.hour, c.minute,
	    c.second);
	if ((rc = buf_check(&text, e)) != OK)
		return rc;
	(void)snprintf(comment, sizeof comment, "timestamp:%lld", (long long)(now_ms / 1000));
	if ((rc = minisig_make(&sig, ek_seed, text.p, text.len, comment, e)) != OK)
		return rc;
	buf_add(out, text.p, text.len);
	buf_add(out, sig.p, sig.len);
	return buf_check(out, e);
}

/* ---- read ---- */

struct point { bool any; unsigned char vault_id[16], pk0[PK_LEN], head[HASH_LEN]; uint64_t seq; int64_t made_ms; };

/* "name value" on the next line of *p; the value into out (size bytes). */
static bool
take(const char **p, const char *name, char *out, size_t size)
{
	size_t len = strlen(name), n;
	const char *lf = strchr(*p, '\n');

	if (lf == NULL || strncmp(*p, name, len) != 0 || (*p)[len] != ' ')
		return false;
	n = (size_t)(lf - *p) - len - 1;
	if (n >= size)
		return false;
	memcpy(out, *p + len + 1, n);
	out[n] = '\0';
	*p = lf + 1;
	return true;
}

static bool
take_time(const char *s, int64_t *out)
{
	static const char form[] = "0000-00-00T00:00:00Z";
	struct civil c = { .micro = 0 };
	unsigned v[6];
	static const unsigned char at[6] = { 0, 5, 8, 11, 14, 17 };

	if (strlen(s) != sizeof form - 1)
		return false;
	for (size_t i = 0; i < sizeof form - 1; i++)
		if (form[i] != '0' && s[i] != form[i])
			return false;
	for (size_t i = 0; i < 6; i++)
		if (!num_digits(s + at[i], i == 0 ? 4 : 2, &v[i]))
			return false;
	if (!civil_valid_date((int32_t)v[0], v[1], v[2]) || !civil_valid_time(v[3], v[4], v[5]))
		return false;
	c.year = (int32_t)v[0];
	c.month = (uint8_t)v[1];
	c.day = (uint8_t)v[2];
	c.hour = (uint8_t)v[3];
	c.minute = (uint8_t)v[4];
	c.second = (uint8_t)v[5];
	*out = civil_to_unix(&c) * 1000;
	return true;
}

static bool
parse_point(struct point *pt, const char *p)
{
	char v[80];

	if (strncmp(p, FIRST_LINE "\n", sizeof FIRST_LINE) != 0)
		return false;
	p += sizeof FIRST_LINE;
	if (!take(&p, "vault", v, sizeof v) || !hex_get(v, pt->vault_id, 16) || !take(&p, "pk0", v, sizeof v) ||
	    !hex_get(v, pt->pk0, PK_LEN) || !take(&p, "seq", v, sizeof v))
		return false;
	pt->any = strcmp(v, "none") != 0;
	if (pt->any && !num_u64(v, 0, UINT64_MAX - 1, &pt->seq))
		return false;
	return take(&p, "head", v, sizeof v) && hex_get(v, pt->head, HASH_LEN) && take(&p, "time", v, sizeof v) &&
	    take_time(v, &pt->made_ms) && *p == '\0';
}

/* Mail and messengers turn line ends round and put blank lines about. */
static void
tidy(struct buf *out, const char *text, size_t n)
{
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r' || text[n - 1] == ' '))
		n--;
	for (size_t i = 0; i < n; i++)
		if (!(text[i] == '\r' && i + 1 < n && text[i + 1] == '\n') && !(out->len == 0 && (text[i] == '\n' ||
		    text[i] == ' ')))
			buf_addc(out, text[i]);
	buf_addc(out, '\n');
}

struct probe { const struct point *pt; bool seen, same; };

static enum rc
see_probe(void *ctx, const struct log_entry *en, UNUSED struct err *e)
{
	struct probe *p = ctx;
	unsigned char h[HASH_LEN];

	if (en->seq != p->pt->seq)
		return OK;
	hash256(h, en->fixed, LOG_FIXED);
	p->seen = true;
	p->same = p->same || memcmp(h, p->pt->head, sizeof h) == 0;
	return OK;
}

static enum rc
compare(struct log *l, const struct point *pt, struct log_report *r, struct err *e)
{
	struct probe p = { .pt = pt };
	enum rc rc;

	if (!pt->any)
		return OK;
	if ((rc = log_each(l, NULL, 0, pt->seq, see_probe, &p, e)) != OK)
		return rc;
	if (!p.seen)
		return report_add(r, LOG_ROLLBACK, pt->seq, e);
	return p.same ? OK : report_add(r, LOG_FORK, pt->seq, e);
}

enum rc
log_against(struct log *l, const char *text, size_t n, const unsigned char vault_id[16], const unsigned char *ek_pub,
    struct log_report *r, int64_t *made_ms, bool *signed_ok, struct err *e)
{
	BUF all = { .max = TEXT_MAX + 1 };
	BUF body = { .max = TEXT_MAX + 1 };
	struct point pt = { .any = false };
	const char *sig;
	enum rc rc;

	if (n > TEXT_MAX || memchr(text, '\0', n) != NULL)
		return err_set(e, E_INPUT, N_("this is no checkpoint of a purser log"));
	tidy(&all, text, n);
	if ((rc = buf_check(&all, e)) != OK)
		return rc;
	if ((sig = strstr(buf_str(&all), "\nuntrusted comment: ")) == NULL)
		return err_set(e, E_INPUT, N_("this is no checkpoint of a purser log: it has no signature"));
	sig++;
	buf_add(&body, all.p, (size_t)(sig - all.p));
	if ((rc = buf_check(&body, e)) != OK)
		return rc;
	if (!parse_point(&pt, buf_str(&body)))
		return err_set(e, E_INPUT, N_("this is no checkpoint of a purser log"));
	if (memcmp(pt.vault_id, vault_id, 16) != 0)
		return err_set(e, E_INPUT, N_("the checkpoint is of another store"));
	if (ek_pub != NULL && (rc = minisig_check(sig, all.len - body.len, ek_pub, body.p, body.len, NULL, e)) != OK)
		return rc;
	if (memcmp(pt.pk0, l->pk0, PK_LEN) != 0)
		return err_set(e, E_INPUT, N_("the checkpoint is of another log of this store: "
		    "unless you gave one up with recover, an older copy was put back"));
	if ((rc = compare(l, &pt, r, e)) != OK)
		return rc;
	*made_ms = pt.made_ms;
	*signed_ok = ek_pub != NULL;
	return OK;
}
